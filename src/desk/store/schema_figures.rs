//! The counters behind the dashboard: kept by triggers, so that no way to store, change or erase a
//! lead can pass them by.
//!
//! What came in and how soon it was answered stays counted when a lead is erased: a count is nobody's
//! data. Where leads stand now is of those that are there.

/// The day of a moment where the office stands, counted from 1970-01-01.
macro_rules! local_day {
    ($at:literal) => {
        concat!(
            "((",
            $at,
            " + (SELECT ahead FROM day_offsets WHERE since <= ",
            $at,
            " ORDER BY since DESC LIMIT 1)) / 86400000)"
        )
    };
}

pub(super) use local_day;

/// `lead_quarters` counts by the quarter of an hour, which no time zone cuts through; `lead_days` and
/// `lead_sources` are made from it, for the zone whose offsets stand in `day_offsets` (milliseconds ahead of
/// UTC). `due`
/// counts leads with a deadline. First answers are counted by the day on which their lead came in and
/// by `least`, the lower bound in minutes; `timely` are those within the deadline. A lead is answered
/// when a person first changes its stage or owner; `answered_in` is in minutes of business hours.
pub(super) const VERSION_13: &str = concat!(
    "
    ALTER TABLE leads ADD COLUMN answered_at INTEGER;
    ALTER TABLE leads ADD COLUMN answered_in INTEGER;
    UPDATE leads SET answered_at = (
        SELECT min(at) FROM lead_changes
        WHERE lead = leads.id AND what IN ('stage', 'owner') AND (actor GLOB 'staff:*' OR actor GLOB 'cli:*'));
    CREATE INDEX leads_unmeasured ON leads (id) WHERE answered_at IS NOT NULL AND answered_in IS NULL;

    CREATE TABLE day_offsets (
        since INTEGER PRIMARY KEY,
        ahead INTEGER NOT NULL
    ) STRICT;
    INSERT INTO day_offsets (since, ahead) VALUES (-9000000000000000, 0);
    CREATE TABLE lead_quarters (
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        quarter INTEGER NOT NULL,
        source TEXT NOT NULL,
        leads INTEGER NOT NULL,
        due INTEGER NOT NULL,
        PRIMARY KEY (site, form, quarter, source)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lead_days (
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        day INTEGER NOT NULL,
        leads INTEGER NOT NULL,
        due INTEGER NOT NULL,
        PRIMARY KEY (site, form, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lead_sources (
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        source TEXT NOT NULL,
        day INTEGER NOT NULL,
        leads INTEGER NOT NULL,
        PRIMARY KEY (site, form, source, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lead_stages (
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        stage TEXT NOT NULL,
        reason TEXT NOT NULL,
        leads INTEGER NOT NULL,
        PRIMARY KEY (site, form, stage, reason)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE answer_bounds (
        least INTEGER PRIMARY KEY
    ) STRICT;
    INSERT INTO answer_bounds (least) VALUES (0), (2), (5), (10), (15), (20), (30), (45), (60), (90), (120), (180),
        (240), (360), (480), (960), (1440), (2880), (10080);
    CREATE TABLE lead_answers (
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        least INTEGER NOT NULL,
        day INTEGER NOT NULL,
        leads INTEGER NOT NULL,
        timely INTEGER NOT NULL,
        PRIMARY KEY (site, form, least, day)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO lead_quarters (site, form, quarter, source, leads, due)
        SELECT site, form, received_at / 900000, coalesce(source, ''), count(*), count(due_at)
        FROM leads GROUP BY 1, 2, 3, 4;
    INSERT INTO lead_days (site, form, day, leads, due)
        SELECT site, form, quarter / 96, sum(leads), sum(due) FROM lead_quarters GROUP BY 1, 2, 3;
    INSERT INTO lead_sources (site, form, source, day, leads)
        SELECT site, form, source, quarter / 96, sum(leads) FROM lead_quarters GROUP BY 1, 2, 3, 4;
    INSERT INTO lead_stages (site, form, stage, reason, leads)
        SELECT site, form, stage, coalesce(stage_reason, ''), count(*) FROM leads GROUP BY 1, 2, 3, 4;

    CREATE TRIGGER leads_are_counted AFTER INSERT ON leads BEGIN
        INSERT INTO lead_quarters (site, form, quarter, source, leads, due)
            VALUES (NEW.site, NEW.form, NEW.received_at / 900000, coalesce(NEW.source, ''), 1, NEW.due_at IS NOT NULL)
            ON CONFLICT DO UPDATE SET leads = leads + 1, due = due + excluded.due;
        INSERT INTO lead_days (site, form, day, leads, due)
            VALUES (NEW.site, NEW.form, ",
    local_day!("NEW.received_at"),
    ", 1, NEW.due_at IS NOT NULL)
            ON CONFLICT DO UPDATE SET leads = leads + 1, due = due + excluded.due;
        INSERT INTO lead_sources (site, form, source, day, leads)
            VALUES (NEW.site, NEW.form, coalesce(NEW.source, ''), ",
    local_day!("NEW.received_at"),
    ", 1)
            ON CONFLICT DO UPDATE SET leads = leads + 1;
        INSERT INTO lead_stages (site, form, stage, reason, leads)
            VALUES (NEW.site, NEW.form, NEW.stage, coalesce(NEW.stage_reason, ''), 1)
            ON CONFLICT DO UPDATE SET leads = leads + 1;
    END;
    CREATE TRIGGER leads_change_their_stage AFTER UPDATE OF stage, stage_reason ON leads
        WHEN OLD.stage <> NEW.stage OR OLD.stage_reason IS NOT NEW.stage_reason
    BEGIN
        UPDATE lead_stages SET leads = leads - 1
            WHERE site = OLD.site AND form = OLD.form AND stage = OLD.stage AND reason = coalesce(OLD.stage_reason, '');
        INSERT INTO lead_stages (site, form, stage, reason, leads)
            VALUES (NEW.site, NEW.form, NEW.stage, coalesce(NEW.stage_reason, ''), 1)
            ON CONFLICT DO UPDATE SET leads = leads + 1;
    END;
    CREATE TRIGGER leads_leave_their_stage AFTER DELETE ON leads BEGIN
        UPDATE lead_stages SET leads = leads - 1
            WHERE site = OLD.site AND form = OLD.form AND stage = OLD.stage AND reason = coalesce(OLD.stage_reason, '');
    END;
    CREATE TRIGGER leads_are_answered AFTER INSERT ON lead_changes
        WHEN NEW.what IN ('stage', 'owner') AND (NEW.actor GLOB 'staff:*' OR NEW.actor GLOB 'cli:*')
    BEGIN
        UPDATE leads SET answered_at = NEW.at WHERE id = NEW.lead AND answered_at IS NULL;
    END;
    CREATE TRIGGER answers_are_counted AFTER UPDATE OF answered_in ON leads
        WHEN OLD.answered_in IS NULL AND NEW.answered_in IS NOT NULL
    BEGIN
        INSERT INTO lead_answers (site, form, least, day, leads, timely)
            VALUES (NEW.site, NEW.form, (SELECT max(least) FROM answer_bounds WHERE least <= max(NEW.answered_in, 0)), ",
    local_day!("NEW.received_at"),
    ", 1, coalesce(NEW.answered_at <= NEW.due_at, 0))
            ON CONFLICT DO UPDATE SET leads = leads + 1, timely = timely + excluded.timely;
    END;
"
);
