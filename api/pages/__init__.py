"""The pages: values in, HTML out. Nothing here knows of requests, stores or clocks."""
