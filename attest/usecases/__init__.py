"""What Whereof does for its users, one file each, with the steps numbered."""
