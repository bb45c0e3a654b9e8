"""The layouts in which pictures with boxes are annotated: COCO, YOLO and Pascal VOC, one a file."""
