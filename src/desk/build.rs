//! Compiles the crate again when a migration is added: `sqlx::migrate!` reads the folder.

fn main() {
    for folder in ["book", "register"] {
        println!("cargo::rerun-if-changed=../../migrations/{folder}");
    }
}
