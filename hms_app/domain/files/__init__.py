"""Files the hospital keeps: documents, photographs, scans.

Owns: files on disk below the settings' files_dir, and their rows, stored_file.
Does not own: what a file means and who may see it; whoever refers to it (a document, a patient's photo) decides.
Invariants: a file's type is read from its content, never from its name; its size is limited while it is read; a row
and its file appear together, or neither does; both stay as they are for good.
"""
