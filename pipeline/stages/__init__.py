"""Stages: what turns shards into shards. Those that a configuration can name are in `pipeline.config`."""
