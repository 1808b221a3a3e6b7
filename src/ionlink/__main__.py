"""`python -m ionlink` is `ionlink`."""

from ionlink.cli import app

if __name__ == "__main__":
    app(prog_name="ionlink")
