//! Reads which modules and libraries a source file names.
//!
//! Owns the parsing: `use` trees, inline paths, re-exports, macro bodies, paths written as text in
//! attributes (`#[serde(with = "crate::x")]`). Comments, texts and items under `#[cfg(test)]` are
//! not looked at: a room's unit tests may build their fixtures from its neighbours. Refuses to
//! know which import is allowed; that is `tests/architecture.rs`.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// One naming of something outside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The path from its root: `["crate", "desk", "store"]` or `["axum", "Router"]`.
    pub path: Vec<String>,
    /// The line it stands in, from 1.
    pub line: usize,
}

/// What a file names.
#[derive(Debug, Default)]
pub struct Named {
    /// Paths, resolved from the crate's root.
    pub references: Vec<Reference>,
    /// Ways around the reader: `#[path]`, `include!`, `extern crate self`.
    pub detours: Vec<(String, usize)>,
    /// Lines that call `.expose()`.
    pub exposures: Vec<usize>,
    /// Modules declared under `#[cfg(test)]` whose source is another file.
    pub test_modules: Vec<Vec<String>>,
}

/// Reads `source`, the file of the module `module` (`["desk", "store"]`; empty for the root).
///
/// # Errors
/// When the source does not parse.
pub fn read(source: &str, module: &[&str]) -> Result<Named, String> {
    let file = syn::parse_file(source).map_err(|error| format!("does not parse: {error}"))?;
    let mut reader = Reader { module: module.iter().map(ToString::to_string).collect(), named: Named::default() };
    reader.visit_file(&file);
    Ok(reader.named)
}

struct Reader {
    module: Vec<String>,
    named: Named,
}

impl Reader {
    /// Notes a path as written, resolved against the module it stands in.
    fn note(&mut self, written: &[String], line: usize) {
        if let Some(path) = self.resolve(written) {
            self.named.references.push(Reference { path, line });
        }
        if written.len() > 1 && written.last().is_some_and(|last| last == "expose") {
            self.named.exposures.push(line);
        }
    }

    fn resolve(&self, written: &[String]) -> Option<Vec<String>> {
        let first = written.first()?;
        let mut base: Vec<String> = vec!["crate".to_owned()];
        let mut rest = written;
        match first.as_str() {
            "crate" => rest = &written[1..],
            "self" | "super" => {
                base.extend(self.module.iter().cloned());
                while let Some(step) = rest.first().filter(|step| *step == "self" || *step == "super") {
                    if step == "super" && base.len() > 1 {
                        base.pop();
                    }
                    rest = &rest[1..];
                }
            }
            // The library's own name, as `main.rs` writes it.
            "leadseal" => rest = &written[1..],
            _ => base.clear(),
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn note_use(&mut self, tree: &syn::UseTree, prefix: &[String]) {
        let with = |ident: &syn::Ident| {
            let mut path = prefix.to_vec();
            path.push(name_of(ident));
            path
        };
        match tree {
            syn::UseTree::Path(step) => self.note_use(&step.tree, &with(&step.ident)),
            syn::UseTree::Name(name) if name.ident == "self" => self.note(prefix, line_of(&name.ident)),
            syn::UseTree::Rename(name) if name.ident == "self" && !prefix.is_empty() => {
                self.note(prefix, line_of(&name.ident));
            }
            syn::UseTree::Name(name) => self.note(&with(&name.ident), line_of(&name.ident)),
            syn::UseTree::Rename(name) => self.note(&with(&name.ident), line_of(&name.ident)),
            syn::UseTree::Glob(glob) => {
                let mut path = prefix.to_vec();
                path.push("*".to_owned());
                self.note(&path, glob.star_token.spans[0].start().line);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_use(tree, prefix)),
        }
    }

    /// Paths in tokens that syn leaves unparsed: macro bodies and attributes. Texts count only in
    /// attributes, where derives read paths from them.
    fn note_tokens(&mut self, tokens: TokenStream, prefix: &[String], texts: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(ident) => at = self.note_token_path(&tokens, at, ident, prefix, texts),
                TokenTree::Group(group) => {
                    self.note_tokens(group.stream(), &[], texts);
                    at += 1;
                }
                TokenTree::Literal(literal) => {
                    if texts {
                        self.note_text(literal);
                    }
                    at += 1;
                }
                TokenTree::Punct(_) => at += 1,
            }
        }
    }

    /// Reads one path from `tokens[at]` on; returns where it ends.
    fn note_token_path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        first: &proc_macro2::Ident,
        prefix: &[String],
        texts: bool,
    ) -> usize {
        let line = first.span().start().line;
        if first == "expose" && at > 0 && matches!(&tokens[at - 1], TokenTree::Punct(dot) if dot.as_char() == '.') {
            self.named.exposures.push(line);
        }
        let mut path = prefix.to_vec();
        path.push(name_of(first));
        at += 1;
        while is_colons(tokens, at) {
            match tokens.get(at + 2) {
                Some(TokenTree::Ident(ident)) => {
                    path.push(name_of(ident));
                    at += 3;
                }
                Some(TokenTree::Group(group)) if group.delimiter() == proc_macro2::Delimiter::Brace => {
                    self.note_tokens(group.stream(), &path, texts);
                    return at + 3;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    path.push("*".to_owned());
                    at += 3;
                }
                _ => break,
            }
        }
        if path.len() > 1 {
            self.note(&path, line);
        }
        at
    }

    fn note_text(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        let inner = text.trim_matches('"');
        if inner.len() < text.len()
            && inner.contains("::")
            && let Ok(tokens) = inner.parse::<TokenStream>()
        {
            let line = literal.span().start().line;
            let before = (self.named.references.len(), self.named.exposures.len());
            self.note_tokens(tokens, &[], false);
            // A text's tokens know no line of the file; they stand where the text stands.
            self.named.references[before.0..].iter_mut().for_each(|reference| reference.line = line);
            self.named.exposures[before.1..].iter_mut().for_each(|exposure| *exposure = line);
        }
    }

    /// A path to a whole module is a reference even when it has one segment.
    fn detour(&mut self, what: &str, span: proc_macro2::Span) {
        self.named.detours.push((what.to_owned(), span.start().line));
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = attributes_of(item);
        if is_test_only(attributes) {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
            {
                let mut path = self.module.clone();
                path.push(name_of(&module.ident));
                self.named.test_modules.push(path);
            }
            return;
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Fn(function) => function.attrs.as_slice(),
            syn::ImplItem::Const(constant) => constant.attrs.as_slice(),
            _ => &[],
        };
        if !is_test_only(attributes) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            self.detour("`#[path]` hides where a module lies", module.ident.span());
        }
        self.module.push(name_of(&module.ident));
        syn::visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_use(&item.tree, &[]);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        if item.ident == "self" {
            self.detour("`extern crate self` gives the crate a second name", item.ident.span());
        }
        self.note(&[name_of(&item.ident)], line_of(&item.ident));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Vec<String> = path.segments.iter().map(|segment| name_of(&segment.ident)).collect();
        if written.len() > 1 {
            self.note(&written, line_of(&path.segments[0].ident));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::x)` lends, it does not import.
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "expose" {
            self.named.exposures.push(line_of(&call.method));
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        match &attribute.meta {
            syn::Meta::List(list) => self.note_tokens(list.tokens.clone(), &[], true),
            meta => syn::visit::visit_meta(self, meta),
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.is_ident("include") {
            self.detour("`include!` brings in a source that is not read here", call.path.segments[0].ident.span());
        }
        self.visit_path(&call.path);
        self.note_tokens(call.tokens.clone(), &[], false);
    }
}

fn name_of(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn line_of(ident: &proc_macro2::Ident) -> usize {
    ident.span().start().line
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// `#[cfg(test)]` or `#[cfg(all(test, …))]`; an `any` still compiles outside tests.
fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && requires_test(list.tokens.clone())
    })
}

fn requires_test(tokens: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(word)] => word == "test",
        [TokenTree::Ident(word), TokenTree::Group(group)] if word == "all" => {
            let parts: Vec<TokenTree> = group.stream().into_iter().collect();
            parts
                .split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
                .any(|part| requires_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
