//! Lists that staff keep: each their own, shared when they say so.

use super::*;
use crate::desk::store::sample::hire;
use crate::desk::store::{MOST_VIEWS, StaffChange, ViewChange, ViewRefusal};
use crate::domain::ids::StaffId;
use crate::domain::lead::ViewName;
use crate::domain::staff::Scope;

fn name(text: &str) -> ViewName {
    text.parse().unwrap()
}

fn names(store: &Store, staff: StaffId) -> Vec<String> {
    store.saved_views(staff).unwrap().iter().map(|view| view.name.as_str().to_owned()).collect()
}

#[test]
fn a_list_is_its_owners_until_it_is_shared() {
    let place = Place::new();
    let store = place.open();
    let (me, other) = (hire(&store, "aaaaaaaa", Scope::All), hire(&store, "bbbbbbbb", Scope::All));
    store.save_view(me, &name("展示会"), "?view=all&tag=expo").unwrap().unwrap();
    store.save_view(other, &name("展示会"), "?view=new").unwrap().unwrap();
    assert_eq!(store.save_view(me, &name("展示会"), "?view=new").unwrap(), Err(ViewRefusal::NameTaken));
    let id = store.saved_views(me).unwrap()[0].id;
    assert_eq!(store.saved_views(other).unwrap().len(), 1);
    for change in [ViewChange::Remove, ViewChange::Share(true), ViewChange::Rename(name("x"))] {
        assert_eq!(store.change_view(other, id, &change).unwrap(), Err(ViewRefusal::Unknown));
    }
    assert_eq!(store.change_view(me, id, &ViewChange::Share(true)).unwrap().unwrap(), "?view=all&tag=expo");
    assert_eq!(store.saved_views(other).unwrap().iter().map(|view| view.staff).collect::<Vec<_>>(), [other, me]);
    store.change_staff(me, &StaffChange::Disable, "test").unwrap().unwrap();
    assert_eq!(store.saved_views(other).unwrap().len(), 1, "of who has left, nothing is shown");
}

#[test]
fn lists_are_renamed_and_removed_and_so_many_at_most() {
    let place = Place::new();
    let store = place.open();
    let me = hire(&store, "aaaaaaaa", Scope::All);
    for n in 0..MOST_VIEWS {
        store.save_view(me, &name(&format!("v{n}")), "?view=all").unwrap().unwrap();
    }
    assert_eq!(store.save_view(me, &name("more"), "?view=all").unwrap(), Err(ViewRefusal::Full));
    let first = store.saved_views(me).unwrap()[0].id;
    let rename = |to: &str| store.change_view(me, first, &ViewChange::Rename(name(to))).unwrap();
    assert_eq!(rename("v1"), Err(ViewRefusal::NameTaken));
    assert!(rename("v0").is_ok() && rename("first").is_ok());
    assert_eq!(names(&store, me)[0], "first");
    store.change_view(me, first, &ViewChange::Remove).unwrap().unwrap();
    assert!(!names(&store, me).contains(&"first".to_owned()));
    store.save_view(me, &name("more"), "?view=all").unwrap().unwrap();
}
