"""Files that earlier versions wrote and later ones must go on reading; made by the scripts beside them, never changed."""
