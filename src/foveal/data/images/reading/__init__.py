"""From the bytes of a file to a row of pixels: formats, headers, decoding, and the stored rule that says how."""
