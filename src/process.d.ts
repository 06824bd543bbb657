/** Replaced by the bundler, as in Vue itself. Declared apart: a declaration in a module would hide it from the bundler. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }
