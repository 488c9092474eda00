"""What the meters mean: latency, throughput, outages, availability, lag, sessions by wait.

`recorder.Recorder` takes rows, lag samples and observations while the run goes on;
`summary.summarise` turns what it holds into the contract of docs/summary.md.
"""
