-- What is called "wrapped" is nonce, AES-256-GCM ciphertext and tag; its associated data names
-- the keyring, its purpose and its row. Instants are milliseconds since 1970.

CREATE TABLE identity (
    id BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Each slot wraps the same key-encryption key under another secret.
CREATE TABLE slot (
    name TEXT PRIMARY KEY,
    method TEXT NOT NULL,
    salt BLOB NOT NULL,
    memory_kib INTEGER NOT NULL,
    passes INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT;

-- private_key is NULL once it was destroyed; leads under storage_key can still be read.
CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    suite TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    public_key BLOB NOT NULL,
    private_key BLOB,
    storage_key BLOB NOT NULL
) STRICT;

CREATE TABLE lead_key (
    lead BLOB PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epoch (id),
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
