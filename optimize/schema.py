"""Tables of the store."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

SCHEMA_VERSION = "5"

metadata = MetaData()


def _campaign() -> Column[str]:
    return Column("campaign", ForeignKey("campaigns.name"), primary_key=True)


def _formulation() -> tuple[Column[str] | Column[float], ...]:
    return (
        Column("cation", String, nullable=False),
        Column("ligand", String, nullable=False),
        Column("ratio", Float, comment="donor groups per cation; empty where not stated"),
        Column("second_cation", String),
        Column("second_fraction", Float, comment="share of the cations that are the second one"),
        Column("ph", Float),
        Column("temperature_k", Float),
    )


about = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    comment="What is true of the whole file: the schema's version.",
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("name", String, primary_key=True),
    Column("identity", String, nullable=False, comment="unique in the world"),
    Column("began_at", String, nullable=False, comment="UTC, ISO 8601"),
)

facts = Table(
    "campaign_facts",
    metadata,
    _campaign(),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    comment="What is settled for a whole campaign, such as the protocol.",
)

rounds = Table(
    "rounds",
    metadata,
    _campaign(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("asked_at", String, nullable=False, comment="UTC, ISO 8601"),
    Column("method", String, nullable=False),
    Column("reference", JSON, comment="hypervolume reference: desirability by objective"),
    Column("told_before", Integer, nullable=False, comment="largest id of an observation told before it was asked"),
)

candidates = Table(
    "candidates",
    metadata,
    _campaign(),
    Column("id", Integer, primary_key=True, autoincrement=False, comment="from 1 in each campaign"),
    Column("round", Integer, nullable=False),
    *_formulation(),
    Column("level", String, nullable=False, comment="where it should be observed"),
    Column("replicates", Integer, nullable=False, comment="how many independent ones are asked for"),
    Column("kind", String, CheckConstraint("kind IN ('new', 'replicate', 'level')"), nullable=False),
    Column("proposed_by", String, nullable=False),
    Column("status", String, CheckConstraint("status IN ('pending', 'done', 'failed', 'excluded')"), nullable=False),
    Column("reason", String),
    Column("failure_of", String, CheckConstraint("failure_of IN ('formulation', 'machine')")),
    Column("settled_round", Integer, comment="rounds asked for when it ended"),
    Column("predicted", JSON, nullable=False, comment="mean and standard_deviation by outcome, in its unit"),
    Column("why", JSON, comment="why it was proposed"),
    ForeignKeyConstraint(["campaign", "round"], ["rounds.campaign", "rounds.number"]),
)

observations = Table(
    "observations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String, nullable=False, comment="hash of all that was observed"),
    Column("occurrence", Integer, nullable=False, comment="counts equal observations told together"),
    Column("told_at", String, nullable=False, comment="UTC, ISO 8601"),
    *_formulation(),
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
    Column("superseded_by", ForeignKey("observations.id"), comment="its correction, or its withdrawal"),
    Column("superseded_at", String, comment="UTC, ISO 8601"),
    Column("correction", String, comment="why it was corrected, or withdrawn"),
    Column("withdrawal", Boolean, comment="says no more than that what it supersedes does not hold"),
    UniqueConstraint("fingerprint", "occurrence"),
    comment="Shared by all campaigns of the file; never overwritten.",
)

known_from = Table(
    "known_from",
    metadata,
    _campaign(),
    Column("observation", ForeignKey("observations.id"), primary_key=True),
    Column("round", Integer, comment="rounds asked for when the campaign learned it; empty where it never did"),
    comment="Where a campaign learned an observation at another moment than it was told to the file.",
)

named = Table(
    "named",
    metadata,
    _campaign(),
    Column("observation", ForeignKey("observations.id"), primary_key=True),
    Column("candidate", Integer, nullable=False),
    ForeignKeyConstraint(["campaign", "candidate"], ["candidates.campaign", "candidates.id"]),
    comment="Which candidate of a campaign an observation was said to be of; without a row here, nobody said it.",
)

exclusions = Table(
    "exclusions",
    metadata,
    _campaign(),
    Column("cation", String, primary_key=True),
    Column("ligand", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("round", Integer, nullable=False, comment="rounds asked for when it was found out"),
)
