// Enhances the forms of a page that holds one. A form works without it.
