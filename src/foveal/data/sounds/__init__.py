"""Sound: WAV files as rows to learn from, by a rule that the model file keeps."""
