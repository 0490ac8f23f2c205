//! A site: one brand with its name, address, mail sender and forms.

use super::ids::SiteId;
use super::lang::Text;
use serde::Serialize;

/// One brand in an installation. Nothing crosses from one site to another.
#[derive(Debug, Clone, Serialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its name as visitors and mails show it.
    pub name: Text,
    /// Its public address, for links back.
    pub url: Option<String>,
    /// The sender's address of its mails.
    pub mail_from: String,
    /// A colour for buttons and links: `#rrggbb`.
    pub accent: Option<String>,
}
