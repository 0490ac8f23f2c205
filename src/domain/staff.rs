//! Members of staff: their roles, what each role may do, and whose leads they see.
//!
//! What a role may do is one table, [`Role::may`]. Refuses to decide anything by a name or an
//! address, and to let an unknown word mean a role.

use super::ids::{FormId, SiteId, StaffId};
use super::lang::Lang;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;

/// What a member of staff is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the installation: everything.
    Owner,
    /// Leads the sales team: all work on leads, exports in clear, the team's accounts.
    Manager,
    /// Works on leads.
    Rep,
    /// Answers people's requests about their own data, reads the audit.
    PrivacyOfficer,
    /// Reads the audit; sees leads masked, changes nothing.
    Auditor,
}

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See lists and pages of leads, masked.
    SeeLeads,
    /// Change stage, owner, tags and notes; retry a mail.
    ChangeLeads,
    /// See a value in clear, with a reason, audited.
    Reveal,
    /// Search for an exact address, phone number, company or receipt, audited.
    Search,
    /// Export leads masked or as tokens.
    Export,
    /// Export leads in clear.
    ExportRevealed,
    /// Add, change and disable accounts of staff.
    ManageStaff,
    /// Read the audit.
    SeeAudit,
    /// Carry out requests about people's own data, erasure too.
    Erase,
    /// Rotate keys, make and revoke site keys.
    ManageKeys,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 10] = [
        Self::SeeLeads,
        Self::ChangeLeads,
        Self::Reveal,
        Self::Search,
        Self::Export,
        Self::ExportRevealed,
        Self::ManageStaff,
        Self::SeeAudit,
        Self::Erase,
        Self::ManageKeys,
    ];
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Manager, Self::Rep, Self::PrivacyOfficer, Self::Auditor];

    /// The role's word in the store, on the command line and in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Rep => "rep",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// What each role may do: the one table.
    pub const fn may(self, what: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Owner => true,
            Self::Manager => !matches!(what, P::Erase | P::ManageKeys),
            Self::Rep => matches!(what, P::SeeLeads | P::ChangeLeads | P::Reveal | P::Search | P::Export),
            Self::PrivacyOfficer => {
                matches!(what, P::SeeLeads | P::Reveal | P::Search | P::SeeAudit | P::Erase)
            }
            Self::Auditor => matches!(what, P::SeeLeads | P::SeeAudit),
        }
    }

    /// Whether somebody of this role may give, change or take away the role `other`: nobody makes
    /// another more powerful than themselves.
    pub fn may_manage(self, other: Self) -> bool {
        self.may(Permission::ManageStaff) && Permission::ALL.into_iter().all(|what| self.may(what) || !other.may(what))
    }
}

/// Whose leads somebody sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Those of every site and form, also of ones that are made later.
    All,
    /// Those of these sites, and of these forms on whichever site. Both empty: none.
    Only {
        /// Whole sites.
        sites: Vec<SiteId>,
        /// Single forms.
        forms: Vec<FormId>,
    },
}

impl Scope {
    /// Whether leads of this form on this site are seen.
    pub fn covers(&self, site: &SiteId, form: &FormId) -> bool {
        match self {
            Self::All => true,
            Self::Only { sites, forms } => sites.contains(site) || forms.contains(form),
        }
    }

    /// Whether a whole site is in it.
    pub fn has_site(&self, site: &SiteId) -> bool {
        match self {
            Self::All => true,
            Self::Only { sites, .. } => sites.contains(site),
        }
    }

    /// Whether a form is in it by its own name.
    pub fn has_form(&self, form: &FormId) -> bool {
        match self {
            Self::All => true,
            Self::Only { forms, .. } => forms.contains(form),
        }
    }

    /// Whether everything in it is in `other` too, by the same names.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, Self::Only { .. }) => false,
            (Self::Only { sites, forms }, _) => {
                sites.iter().all(|site| other.has_site(site)) && forms.iter().all(|form| other.has_form(form))
            }
        }
    }
}

/// Somebody who is signed in, as far as handlers of leads need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub id: StaffId,
    /// What they may do.
    pub role: Role,
    /// Whose leads they see.
    pub scope: Scope,
    /// The language of their pages.
    pub lang: Lang,
}

impl Viewer {
    /// Whether they may do it.
    pub const fn may(&self, what: Permission) -> bool {
        self.role.may(what)
    }

    /// Whether they see leads of this form on this site.
    pub fn sees(&self, site: &SiteId, form: &FormId) -> bool {
        self.scope.covers(site, form)
    }

    /// Who, for the audit.
    pub fn actor(&self) -> String {
        actor(self.id)
    }
}

/// A member of staff, for the audit.
pub fn actor(id: StaffId) -> String {
    format!("staff:{id}")
}

/// The address by which a member of staff signs in, in one spelling: NFKC, lower-case, no spaces
/// around it. Not a visitor's data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StaffAddress(String);

/// The text is no address to sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address to sign in with looks like name@example.jp: one @, no spaces, at most 254 characters")]
pub struct NotAStaffAddress;

impl StaffAddress {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StaffAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StaffAddress {
    type Err = NotAStaffAddress;

    fn from_str(text: &str) -> Result<Self, NotAStaffAddress> {
        let text: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
        let (local, domain) = text.split_once('@').ok_or(NotAStaffAddress)?;
        let plain = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"@<>\"(),:;\\[]".contains(c))
        };
        let domain_holds = !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains("..");
        if text.len() <= 254 && plain(local) && plain(domain) && domain_holds {
            Ok(Self(text))
        } else {
            Err(NotAStaffAddress)
        }
    }
}

impl TryFrom<String> for StaffAddress {
    type Error = NotAStaffAddress;

    fn try_from(text: String) -> Result<Self, NotAStaffAddress> {
        text.parse()
    }
}

impl From<StaffAddress> for String {
    fn from(address: StaffAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_permissions() {
        use Permission as P;
        // Columns: owner, manager, rep, privacy officer, auditor.
        let table = [
            (P::SeeLeads, [true, true, true, true, true]),
            (P::ChangeLeads, [true, true, true, false, false]),
            (P::Reveal, [true, true, true, true, false]),
            (P::Search, [true, true, true, true, false]),
            (P::Export, [true, true, true, false, false]),
            (P::ExportRevealed, [true, true, false, false, false]),
            (P::ManageStaff, [true, true, false, false, false]),
            (P::SeeAudit, [true, true, false, true, true]),
            (P::Erase, [true, false, false, true, false]),
            (P::ManageKeys, [true, false, false, false, false]),
        ];
        assert_eq!(table.map(|(what, _)| what), P::ALL);
        for (what, allowed) in table {
            assert_eq!(Role::ALL.map(|role| role.may(what)), allowed, "{what:?}");
        }
    }

    #[test]
    fn nobody_makes_another_more_powerful_than_themselves() {
        let manages = |role: Role| Role::ALL.map(|other| role.may_manage(other));
        assert_eq!(manages(Role::Owner), [true; 5]);
        assert_eq!(manages(Role::Manager), [false, true, true, false, true]);
        for role in [Role::Rep, Role::PrivacyOfficer, Role::Auditor] {
            assert_eq!(manages(role), [false; 5]);
        }
    }

    #[test]
    fn words_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_word(role.word()), Some(role));
        }
        assert_eq!(Role::from_word("Owner"), None);
    }

    #[test]
    fn a_scope_covers_its_sites_and_forms_alone() {
        let (shop, blog) = ("shop".parse().unwrap(), "blog".parse().unwrap());
        let (contact, event) = ("contact".parse().unwrap(), "event".parse().unwrap());
        assert!(Scope::All.covers(&shop, &contact));
        let scope = Scope::Only { sites: vec![shop], forms: vec![event] };
        let shop: SiteId = "shop".parse().unwrap();
        let event: FormId = "event".parse().unwrap();
        assert!(scope.covers(&shop, &contact) && scope.covers(&blog, &event));
        assert!(!scope.covers(&blog, &contact));
        assert!(scope.is_within(&Scope::All) && scope.is_within(&scope) && !Scope::All.is_within(&scope));
        let more = Scope::Only { sites: vec!["blog".parse().unwrap()], forms: Vec::new() };
        assert!(!more.is_within(&scope));
        assert!(!Scope::Only { sites: Vec::new(), forms: Vec::new() }.covers(&shop, &event));
    }

    #[test]
    fn an_address_has_one_spelling() {
        let read = |text: &str| text.parse::<StaffAddress>().map(|address| address.to_string());
        assert_eq!(read(" Ｙamada@Example.JP ").unwrap(), "yamada@example.jp");
        for no in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b..c", "a@.b", "a\n@b", "<a@b>", &"a".repeat(255)] {
            assert_eq!(read(no), Err(NotAStaffAddress), "{no}");
        }
    }
}
