"""Work on all tables at once, derived from what they declare: erasure, retention, partitions, keys, orphans."""
