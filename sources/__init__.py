"""Where facts come from: files become one Snapshot, whose origin says what was read and what derived."""
