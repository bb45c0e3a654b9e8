"""What an exported model runs by: reading, ONNX and answers in numpy. Nothing here, nor what it imports, needs torch.

`fathom.exporting` copies the modules that a task's program needs into the exported folder.
"""
