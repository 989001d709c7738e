"""What may not get into a repository? Each check looks at the staged blobs and never at the work tree."""
