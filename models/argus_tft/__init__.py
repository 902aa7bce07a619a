"""The Argus Temporal Fusion Transformer: definition and export to ONNX."""
