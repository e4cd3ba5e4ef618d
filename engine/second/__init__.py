"""The second opinion: the authored law once more, judged by durable-rules; see docs/decisions/0009."""
