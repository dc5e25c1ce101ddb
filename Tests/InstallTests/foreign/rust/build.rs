// FERM_PREFIX is where ferm is installed.
fn main() {
    println!("cargo:rerun-if-env-changed=FERM_PREFIX");
    let folder = std::env::var("FERM_PREFIX").expect("FERM_PREFIX says where ferm is installed") + "/lib";
    println!("cargo:rustc-link-search=native={folder}");
    println!("cargo:rustc-link-lib=dylib=ferm");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
}
