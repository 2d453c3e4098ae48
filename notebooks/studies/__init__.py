"""The studies behind the notebooks: each script trains, counts, and writes one table under `results`.

What a study asks is fixed in a file under `protocols` before it runs, and its table names the hash of that file.

Run them from the folder `notebooks`, for example `python -m studies.training_dynamics`; they want the packages of the
extra `dev`. The notebooks read the tables, and recompute some of their rows.
"""
