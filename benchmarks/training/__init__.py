"""How fast is the trainer, beside the trainers that its users know?"""
