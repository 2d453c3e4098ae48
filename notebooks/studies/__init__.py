"""The studies behind the notebooks: each script trains, counts, and writes one table under `results`.

Studies with hypotheses have a protocol under `protocols`, and their tables name its hash.

Run them from the folder `notebooks`, for example `python -m studies.training_dynamics`; they want the packages of the
extra `dev`. The notebooks read the tables, and recompute some of their rows.
"""
