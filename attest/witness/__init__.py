"""A witness (C2SP tlog-witness): cosigns a log's heads after checking that each extends the last; and its client."""
