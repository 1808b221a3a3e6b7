"""Tables of the store."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

SCHEMA_VERSION = "2"

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    comment="What is true of the whole campaign: its id, when it began, the schema's version, the protocol.",
)

rounds = Table(
    "rounds",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("asked_at", String, nullable=False, comment="UTC, ISO 8601"),
    Column("method", String, nullable=False),
    Column("reference", JSON, comment="hypervolume reference: desirability by outcome"),
)

candidates = Table(
    "candidates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("round", ForeignKey("rounds.number"), nullable=False),
    Column("cation", String, nullable=False),
    Column("ligand", String, nullable=False),
    Column("ratio", Float, nullable=False, comment="donor groups per cation"),
    Column("proposed_by", String, nullable=False),
    Column("status", String, CheckConstraint("status IN ('pending', 'done', 'failed', 'excluded')"), nullable=False),
    Column("reason", String),
    Column("predicted", JSON, nullable=False, comment="mean and standard_deviation by outcome, in its unit"),
)

observations = Table(
    "observations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String, nullable=False, comment="hash of all that was observed"),
    Column("occurrence", Integer, nullable=False, comment="counts equal observations told together"),
    Column("round", Integer, nullable=False, comment="rounds asked for when it was told; 0 for initial data"),
    Column("told_at", String, nullable=False, comment="UTC, ISO 8601"),
    Column("cation", String, nullable=False),
    Column("ligand", String, nullable=False),
    Column("ratio", Float, comment="donor groups per cation; empty where the source does not say it"),
    Column("outcome", String, nullable=False),
    Column("value", Float, nullable=False, comment="in the outcome's catalogue unit"),
    Column("standard_error", Float, comment="in the outcome's catalogue unit"),
    Column("bound", String, nullable=False),
    Column("level", String, nullable=False),
    Column("source", String, nullable=False),
    Column("conditions", String, comment="name=value; name=value"),
    Column("evidence", JSON, nullable=False, comment="marks of how it was found out"),
    Column("protocol", String),
    Column("replicates", Integer),
    UniqueConstraint("fingerprint", "occurrence"),
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("cation", String, primary_key=True),
    Column("ligand", String, primary_key=True),
    Column("reason", String, nullable=False),
)
