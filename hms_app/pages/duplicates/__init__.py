"""The worklist of likely duplicates, and two records side by side."""
