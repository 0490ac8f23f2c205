//! The tables of `leads.db`.

use super::schema_figures::VERSION_13;
use crate::queue::database::Schema;

/// `LSLD`.
pub(super) const SCHEMA: Schema = Schema {
    application_id: 0x4c53_4c44,
    migrations: &[
        VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7, VERSION_8, VERSION_9, VERSION_10,
        VERSION_11, VERSION_12, VERSION_13,
    ],
};

/// Times are Unix milliseconds; `received_at` is a whole minute. Tokens, hashes and versions are
/// raw bytes. A blind index is never unique: two people may share an address, and one person
/// writes twice.
const VERSION_1: &str = "
    CREATE TABLE sites (
        site TEXT PRIMARY KEY,
        last_number INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE persons (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        enquiries INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE leads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        token BLOB NOT NULL UNIQUE,
        site TEXT NOT NULL REFERENCES sites (site),
        number INTEGER NOT NULL,
        form TEXT NOT NULL,
        form_version BLOB NOT NULL,
        lang TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        stored_at INTEGER NOT NULL,
        stage TEXT NOT NULL,
        person INTEGER NOT NULL REFERENCES persons (id),
        enquiry INTEGER NOT NULL,
        corrects BLOB
    ) STRICT;
    CREATE TABLE lead_fields (
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        field TEXT NOT NULL,
        kind TEXT NOT NULL,
        attribution INTEGER NOT NULL,
        protect TEXT NOT NULL,
        token BLOB,
        mask TEXT,
        plain TEXT,
        sealed BLOB,
        blind BLOB
    ) STRICT;
    CREATE UNIQUE INDEX lead_fields_lead ON lead_fields (lead, position);
    CREATE INDEX lead_fields_blind ON lead_fields (blind) WHERE blind IS NOT NULL;
    CREATE TABLE consent_texts (
        sha256 BLOB PRIMARY KEY,
        text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE consents (
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        field TEXT NOT NULL,
        purpose TEXT NOT NULL,
        version TEXT NOT NULL,
        text BLOB NOT NULL REFERENCES consent_texts (sha256),
        lang TEXT NOT NULL,
        granted INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX consents_lead ON consents (lead, position);
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        recipient TEXT,
        message_id TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting',
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        last_error TEXT,
        created_at INTEGER NOT NULL,
        done_at INTEGER
    ) STRICT;
    CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'waiting';
    CREATE INDEX outbox_lead ON outbox (lead);
    CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
    CREATE TABLE links (
        secret_sha256 BLOB PRIMARY KEY,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX links_lead ON links (lead);
    CREATE TABLE unopened (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        token BLOB NOT NULL,
        sha256 BLOB NOT NULL,
        envelope BLOB NOT NULL,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        UNIQUE (token, sha256)
    ) STRICT;
    CREATE TABLE tombstones (
        token BLOB PRIMARY KEY,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT,
        reason TEXT,
        detail TEXT,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
    CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
    CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
        WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
";

/// Which store this is and how far it has come; capture nodes; leads that came in twice.
const VERSION_2: &str = "
    CREATE TABLE identity (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        store BLOB NOT NULL,
        incarnation INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE marks (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        nonce INTEGER NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE nodes (
        node TEXT PRIMARY KEY,
        enrolled_at INTEGER NOT NULL,
        revoked_at INTEGER
    ) STRICT;
    CREATE TABLE manifest (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        serial INTEGER NOT NULL,
        content BLOB NOT NULL
    ) STRICT;
    CREATE TABLE once (
        mac BLOB PRIMARY KEY,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX once_lead ON once (lead);
    CREATE INDEX once_at ON once (at);
    CREATE TABLE aliases (
        token BLOB PRIMARY KEY,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX aliases_lead ON aliases (lead);
    CREATE TRIGGER aliases_of_an_erased_lead_stay_away BEFORE DELETE ON leads BEGIN
        INSERT OR IGNORE INTO tombstones (token, at)
            SELECT token, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM aliases WHERE lead = OLD.id;
    END;
";

/// Envelopes of submissions that look like a robot's work: kept as they came, still sealed.
const VERSION_3: &str = "
    CREATE TABLE quarantine (
        token BLOB PRIMARY KEY,
        form TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        envelope BLOB NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX quarantine_at ON quarantine (at);
";

/// Requests of people about their own data, their mails, and what an erasure leaves behind: the
/// marks that keep away what is still under way. `sealed` and `blind` are emptied when they are not
/// needed any more.
const VERSION_4: &str = "
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        token BLOB NOT NULL UNIQUE,
        site TEXT NOT NULL,
        kind TEXT NOT NULL,
        lang TEXT NOT NULL,
        form_version BLOB NOT NULL,
        status TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        ended_at INTEGER,
        leads INTEGER,
        sealed BLOB,
        blind BLOB,
        secret_sha256 BLOB
    ) STRICT;
    CREATE INDEX requests_blind ON requests (blind) WHERE blind IS NOT NULL;
    CREATE INDEX requests_open ON requests (created_at) WHERE sealed IS NOT NULL;
    CREATE INDEX requests_site ON requests (site, created_at);
    CREATE UNIQUE INDEX requests_secret ON requests (secret_sha256) WHERE secret_sha256 IS NOT NULL;
    CREATE INDEX lead_fields_kept_email ON lead_fields (lead) WHERE kind = 'email' AND plain IS NOT NULL;
    CREATE TABLE erased_addresses (
        site TEXT NOT NULL,
        blind BLOB NOT NULL,
        before INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (site, blind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE outbox_with_requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lead INTEGER REFERENCES leads (id) ON DELETE CASCADE,
        request INTEGER REFERENCES requests (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        recipient TEXT,
        message_id TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting',
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        last_error TEXT,
        created_at INTEGER NOT NULL,
        done_at INTEGER,
        CHECK ((lead IS NULL) <> (request IS NULL))
    ) STRICT;
    INSERT INTO outbox_with_requests
        (id, lead, kind, recipient, message_id, state, attempts, next_at, last_error, created_at, done_at)
        SELECT id, lead, kind, recipient, message_id, state, attempts, next_at, last_error, created_at, done_at
        FROM outbox;
    DELETE FROM sqlite_sequence WHERE name = 'outbox_with_requests';
    INSERT INTO sqlite_sequence (name, seq)
        SELECT 'outbox_with_requests', seq FROM sqlite_sequence WHERE name = 'outbox';
    DROP TABLE outbox;
    ALTER TABLE outbox_with_requests RENAME TO outbox;
    CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'waiting';
    CREATE INDEX outbox_lead ON outbox (lead) WHERE lead IS NOT NULL;
    CREATE INDEX outbox_request ON outbox (request) WHERE request IS NOT NULL;
    CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
";

/// How long leads are kept: the days that each definition of a form said, and since when it is the
/// form's last one; the time at which retention was last carried out. An older file begins with the
/// time of its last audit entry.
const VERSION_5: &str = "
    CREATE TABLE retention_terms (
        form TEXT NOT NULL,
        form_version BLOB NOT NULL,
        days INTEGER NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (form, form_version)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE retention_clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        at INTEGER NOT NULL
    ) STRICT;
    INSERT INTO retention_clock (only, at) SELECT 1, at FROM audit ORDER BY seq DESC LIMIT 1;
    CREATE INDEX leads_retention ON leads (form, form_version, received_at);
    CREATE INDEX unopened_at ON unopened (at);
";

/// Members of staff, what they sign in with, and their sessions. Of secrets only what checks them is
/// kept: Argon2id of a password, SHA-256 of 256 random bits, a sealed text of the second factor.
const VERSION_6: &str = "
    CREATE TABLE staff (
        id TEXT PRIMARY KEY,
        address TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        scope TEXT NOT NULL,
        lang TEXT NOT NULL,
        password TEXT,
        totp BLOB,
        totp_step INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        seen_at INTEGER,
        disabled_at INTEGER
    ) STRICT;
    CREATE TABLE staff_recovery_codes (
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        sha256 BLOB NOT NULL,
        PRIMARY KEY (staff, sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE staff_links (
        secret_sha256 BLOB PRIMARY KEY,
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        purpose TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX staff_links_staff ON staff_links (staff);
    CREATE TABLE staff_devices (
        secret_sha256 BLOB PRIMARY KEY,
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        seen_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX staff_devices_staff ON staff_devices (staff, seen_at);
    CREATE TABLE sessions (
        secret_sha256 BLOB PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        browser TEXT NOT NULL,
        awaits_code INTEGER NOT NULL,
        codes_tried INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        proved_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sessions_staff ON sessions (staff, seen_at);
    CREATE INDEX sessions_created ON sessions (created_at);
";

/// The work on leads: who has one, where it stands and why, what is noted on it; and the lists that
/// staff look at. Each list is read along an index, newest first or by deadline; `received_at` stands
/// in `lead_tags` too, so that a tag's list is one. Leads of before have no deadline and no source.
const VERSION_7: &str = "
    ALTER TABLE leads ADD COLUMN owner TEXT;
    ALTER TABLE leads ADD COLUMN source TEXT;
    ALTER TABLE leads ADD COLUMN due_at INTEGER;
    ALTER TABLE leads ADD COLUMN stage_reason TEXT;
    ALTER TABLE leads ADD COLUMN stage_changed_at INTEGER;
    ALTER TABLE leads ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX leads_received ON leads (received_at);
    CREATE INDEX leads_stage ON leads (stage, received_at);
    CREATE INDEX leads_site ON leads (site, received_at);
    CREATE INDEX leads_site_stage ON leads (site, stage, received_at);
    CREATE INDEX leads_form ON leads (form, received_at);
    CREATE INDEX leads_form_stage ON leads (form, stage, received_at);
    CREATE INDEX leads_source ON leads (source, received_at) WHERE source IS NOT NULL;
    CREATE INDEX leads_owner ON leads (owner, received_at) WHERE owner IS NOT NULL;
    CREATE INDEX leads_due ON leads (due_at) WHERE stage = 'new' AND due_at IS NOT NULL;
    CREATE UNIQUE INDEX leads_number ON leads (site, number);
    CREATE INDEX leads_person ON leads (person);
    CREATE TABLE lead_tags (
        tag TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        PRIMARY KEY (tag, received_at, lead)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lead_tags_lead ON lead_tags (lead);
    CREATE TABLE lead_notes (
        token BLOB PRIMARY KEY,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        author TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lead_notes_lead ON lead_notes (lead, at);
    CREATE TABLE lead_changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        what TEXT NOT NULL,
        was TEXT,
        becomes TEXT,
        reason TEXT
    ) STRICT;
    CREATE INDEX lead_changes_lead ON lead_changes (lead, id);
";

/// Lists that staff keep, as their addresses, and reminders: one open one of a member of staff on a
/// lead. A reminder goes with its lead, and with the account it is for.
const VERSION_8: &str = "
    CREATE TABLE saved_views (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        query TEXT NOT NULL,
        is_shared INTEGER NOT NULL DEFAULT 0,
        UNIQUE (staff, name)
    ) STRICT;
    CREATE INDEX saved_views_shared ON saved_views (id) WHERE is_shared = 1;
    CREATE TABLE reminders (
        id INTEGER PRIMARY KEY,
        lead INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        set_by TEXT NOT NULL,
        is_mailed INTEGER NOT NULL DEFAULT 0,
        UNIQUE (lead, staff)
    ) STRICT;
    CREATE INDEX reminders_staff ON reminders (staff, at, lead);
    CREATE INDEX reminders_due ON reminders (at) WHERE is_mailed = 0;
";

/// Mails to staff: `note` is who invited, or the browser that is new. Passkeys: `kept` is the public key
/// with what the library notes of it, and opens nothing; `counter` is the authenticator's own.
const VERSION_9: &str = "
    CREATE TABLE outbox_with_staff (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lead INTEGER REFERENCES leads (id) ON DELETE CASCADE,
        request INTEGER REFERENCES requests (id) ON DELETE CASCADE,
        staff TEXT REFERENCES staff (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        recipient TEXT,
        note TEXT,
        message_id TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting',
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL,
        last_error TEXT,
        created_at INTEGER NOT NULL,
        done_at INTEGER,
        CHECK ((lead IS NOT NULL) + (request IS NOT NULL) + (staff IS NOT NULL) = 1)
    ) STRICT;
    INSERT INTO outbox_with_staff
        (id, lead, request, kind, recipient, message_id, state, attempts, next_at, last_error, created_at, done_at)
        SELECT id, lead, request, kind, recipient, message_id, state, attempts, next_at, last_error, created_at, done_at
        FROM outbox;
    DELETE FROM sqlite_sequence WHERE name = 'outbox_with_staff';
    INSERT INTO sqlite_sequence (name, seq)
        SELECT 'outbox_with_staff', seq FROM sqlite_sequence WHERE name = 'outbox';
    DROP TABLE outbox;
    ALTER TABLE outbox_with_staff RENAME TO outbox;
    CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'waiting';
    CREATE INDEX outbox_lead ON outbox (lead) WHERE lead IS NOT NULL;
    CREATE INDEX outbox_request ON outbox (request) WHERE request IS NOT NULL;
    CREATE INDEX outbox_staff ON outbox (staff) WHERE staff IS NOT NULL;
    CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
    CREATE TABLE staff_passkeys (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        staff TEXT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
        credential BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        kept TEXT NOT NULL,
        counter INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        used_at INTEGER
    ) STRICT;
    CREATE INDEX staff_passkeys_staff ON staff_passkeys (staff, id);
";

/// What lists are found by. A cell is a combination of site, form, stage, owner and source ('' is nobody,
/// or not known) with the number of its leads: a list is the leads of some cells, whatever it is filtered
/// by, so that one index in the order of time and one by cells make them all. Triggers keep both, whoever
/// writes a lead. A cell's leads were never newer or older than it says. A deadline stands here only while nobody has acted on the lead. What a row of a list
/// shows lies close together in an index of its own, and what a search finds names its lead.
const VERSION_10: &str = "
    CREATE TABLE lead_cells (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL,
        form TEXT NOT NULL,
        stage TEXT NOT NULL,
        owner TEXT NOT NULL,
        source TEXT NOT NULL,
        leads INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        oldest INTEGER NOT NULL,
        UNIQUE (site, form, stage, owner, source)
    ) STRICT;
    CREATE TABLE lead_lists (
        lead INTEGER PRIMARY KEY REFERENCES leads (id) ON DELETE CASCADE,
        received_at INTEGER NOT NULL,
        due_at INTEGER,
        cell INTEGER NOT NULL
    ) STRICT;
    INSERT INTO lead_cells (site, form, stage, owner, source, leads, newest, oldest)
        SELECT site, form, stage, ifnull(owner, ''), ifnull(source, ''), count(*), max(received_at), min(received_at)
        FROM leads GROUP BY 1, 2, 3, 4, 5;
    INSERT INTO lead_lists (lead, received_at, due_at, cell)
        SELECT leads.id, received_at, iif(leads.stage = 'new', due_at, NULL), lead_cells.id
        FROM leads CROSS JOIN lead_cells ON lead_cells.site = leads.site AND lead_cells.form = leads.form
            AND lead_cells.stage = leads.stage AND lead_cells.owner = ifnull(leads.owner, '')
            AND lead_cells.source = ifnull(leads.source, '');
    CREATE INDEX lead_lists_received ON lead_lists (received_at, lead, cell);
    CREATE INDEX lead_lists_cell ON lead_lists (cell, received_at);
    CREATE INDEX lead_lists_due ON lead_lists (due_at, lead, cell, received_at) WHERE due_at IS NOT NULL;
    CREATE INDEX lead_lists_cell_due ON lead_lists (cell, due_at, lead, received_at) WHERE due_at IS NOT NULL;
    ALTER TABLE lead_tags ADD COLUMN cell INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE lead_tags ADD COLUMN due_at INTEGER;
    UPDATE lead_tags SET (cell, due_at) = (SELECT cell, due_at FROM lead_lists WHERE lead_lists.lead = lead_tags.lead);
    CREATE INDEX lead_tags_cell ON lead_tags (tag, cell, received_at, lead);
    CREATE INDEX lead_tags_due ON lead_tags (tag, due_at, lead, cell) WHERE due_at IS NOT NULL;
    CREATE TABLE tags (
        tag TEXT PRIMARY KEY,
        leads INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO tags (tag, leads) SELECT tag, count(*) FROM lead_tags GROUP BY tag;
    CREATE TRIGGER leads_come_into_their_lists AFTER INSERT ON leads BEGIN
        INSERT INTO lead_cells (site, form, stage, owner, source, leads, newest, oldest)
            VALUES (NEW.site, NEW.form, NEW.stage, ifnull(NEW.owner, ''), ifnull(NEW.source, ''), 1,
                    NEW.received_at, NEW.received_at)
            ON CONFLICT (site, form, stage, owner, source) DO UPDATE SET leads = leads + 1,
                newest = max(newest, excluded.newest), oldest = min(oldest, excluded.oldest);
        INSERT INTO lead_lists (lead, received_at, due_at, cell)
            SELECT NEW.id, NEW.received_at, iif(NEW.stage = 'new', NEW.due_at, NULL), id FROM lead_cells
            WHERE site = NEW.site AND form = NEW.form AND stage = NEW.stage AND owner = ifnull(NEW.owner, '')
                AND source = ifnull(NEW.source, '');
    END;
    CREATE TRIGGER leads_change_their_lists
        AFTER UPDATE OF site, form, stage, owner, source, received_at, due_at ON leads BEGIN
        UPDATE lead_cells SET leads = leads - 1 WHERE id = (SELECT cell FROM lead_lists WHERE lead = NEW.id);
        INSERT INTO lead_cells (site, form, stage, owner, source, leads, newest, oldest)
            VALUES (NEW.site, NEW.form, NEW.stage, ifnull(NEW.owner, ''), ifnull(NEW.source, ''), 1,
                    NEW.received_at, NEW.received_at)
            ON CONFLICT (site, form, stage, owner, source) DO UPDATE SET leads = leads + 1,
                newest = max(newest, excluded.newest), oldest = min(oldest, excluded.oldest);
        UPDATE lead_lists SET received_at = NEW.received_at, due_at = iif(NEW.stage = 'new', NEW.due_at, NULL),
            cell = (SELECT id FROM lead_cells
                WHERE site = NEW.site AND form = NEW.form AND stage = NEW.stage AND owner = ifnull(NEW.owner, '')
                    AND source = ifnull(NEW.source, ''))
            WHERE lead = NEW.id;
        UPDATE lead_tags SET (received_at, cell, due_at) =
            (SELECT received_at, cell, due_at FROM lead_lists WHERE lead_lists.lead = NEW.id) WHERE lead = NEW.id;
    END;
    CREATE TRIGGER leads_leave_their_lists AFTER DELETE ON lead_lists BEGIN
        UPDATE lead_cells SET leads = leads - 1 WHERE id = OLD.cell;
    END;
    CREATE TRIGGER tags_are_put_on AFTER INSERT ON lead_tags BEGIN
        INSERT INTO tags (tag, leads) VALUES (NEW.tag, 1) ON CONFLICT (tag) DO UPDATE SET leads = leads + 1;
    END;
    CREATE TRIGGER tags_are_taken_off AFTER DELETE ON lead_tags BEGIN
        UPDATE tags SET leads = leads - 1 WHERE tag = OLD.tag;
        DELETE FROM tags WHERE tag = OLD.tag AND leads < 1;
    END;
    DROP INDEX leads_received;
    DROP INDEX leads_stage;
    DROP INDEX leads_site;
    DROP INDEX leads_site_stage;
    DROP INDEX leads_form;
    DROP INDEX leads_form_stage;
    DROP INDEX leads_source;
    DROP INDEX leads_owner;
    DROP INDEX leads_due;
    DROP INDEX lead_fields_blind;
    CREATE INDEX lead_fields_blind ON lead_fields (blind, lead) WHERE blind IS NOT NULL;
    CREATE INDEX lead_fields_shown ON lead_fields (lead, position, kind, attribution, plain, mask)
        WHERE attribution = 0 AND (kind = 'name' OR kind = 'company' OR kind = 'email');
";

/// Exports that staff began in the console: who, what, how far it came, and the digest of the file.
/// Nothing of a lead stands here: of the filter's tag only that there was one, of characters that an
/// encoding lacks only their number.
const VERSION_11: &str = "
    CREATE TABLE exports (
        id TEXT PRIMARY KEY,
        staff TEXT NOT NULL,
        mode TEXT NOT NULL,
        format TEXT NOT NULL,
        preset TEXT,
        reason TEXT,
        filter TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'running',
        ended_at INTEGER,
        leads INTEGER NOT NULL DEFAULT 0,
        total INTEGER NOT NULL DEFAULT 0,
        report TEXT
    ) STRICT;
    CREATE INDEX exports_started ON exports (started_at);
    CREATE INDEX exports_staff ON exports (staff, started_at);
";

/// The audit in lists, each read along an index, newest first; who wrote a request down for its person
/// and who ended it.
const VERSION_12: &str = "
    CREATE INDEX audit_at ON audit (at);
    CREATE INDEX audit_action ON audit (action, at);
    CREATE INDEX audit_actor ON audit (actor, action, at);
    CREATE INDEX audit_subject ON audit (subject, at) WHERE subject IS NOT NULL;
    ALTER TABLE requests ADD COLUMN asked_by TEXT;
    ALTER TABLE requests ADD COLUMN ended_by TEXT;
";
