//! What the files of a desk hold of a lead, as somebody with the files sees it.

use super::installation::Installation;
use std::path::PathBuf;

/// What `leads.db` and `keyring.db` hold of a lead: ciphertexts, masks, indexes, keys.
pub fn traces(house: &Installation, lead: &str) -> Vec<Vec<u8>> {
    let open = |name: &str| rusqlite::Connection::open(house.data().join(name)).unwrap();
    let token: [u8; 20] = *lead.parse::<leadseal::domain::token::Token>().unwrap().as_bytes();
    let mut found: Vec<Vec<u8>> = Vec::new();
    let leads = open("leads.db");
    let mut statement = leads
        .prepare(
            "SELECT sealed, CAST(mask AS BLOB) FROM lead_fields JOIN leads ON leads.id = lead WHERE leads.token = ?1",
        )
        .unwrap();
    let mut rows = statement.query([&token[..]]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..2 {
            found.extend(row.get::<_, Option<Vec<u8>>>(column).unwrap());
        }
    }
    let wrapped =
        open("keyring.db").query_row("SELECT wrapped FROM lead_key WHERE lead = ?1", [&token[..]], |row| row.get(0));
    found.push(wrapped.unwrap());
    // Short masks stand in other leads too.
    found.retain(|bytes| bytes.len() >= 24);
    found
}

/// In which of the desk's files some bytes stand.
pub fn files_with(house: &Installation, bytes: &[u8]) -> Vec<PathBuf> {
    let files = ["leads.db", "leads.db-wal", "keyring.db", "keyring.db-wal"].map(|name| house.data().join(name));
    let holds =
        |file: &PathBuf| std::fs::read(file).is_ok_and(|all| all.windows(bytes.len()).any(|window| window == bytes));
    files.into_iter().filter(holds).collect()
}
