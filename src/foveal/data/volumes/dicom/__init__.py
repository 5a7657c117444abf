"""DICOM: what a header says of geometry and pixels, pixels as numbers with a meaning, and series in folders."""
