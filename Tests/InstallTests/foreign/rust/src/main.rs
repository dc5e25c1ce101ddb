//! The program of ../program.c, with ferm.h's declarations written out.
use std::ffi::{c_char, c_int, CStr, CString};
use std::ptr::{null, null_mut};

#[repr(C)]
struct Model([u8; 0]);
#[repr(C)]
struct Session([u8; 0]);

#[repr(C)]
struct Image {
    pixels: *const u8,
    width: usize,
    height: usize,
    channels: usize,
    stride: usize,
}

#[repr(C)]
struct Picture {
    image: Image,
    order: usize,
    box_: [f64; 4],
}

extern "C" {
    fn ferm_last_error() -> *const c_char;
    fn ferm_version() -> *const c_char;
    fn ferm_model_open(path: *const c_char, model: *mut *mut Model) -> c_int;
    fn ferm_model_free(model: *mut Model);
    fn ferm_model_label_count(model: *const Model) -> usize;
    fn ferm_model_label(model: *const Model, index: usize) -> *const c_char;
    fn ferm_model_metadata_text(model: *const Model, key: *const c_char) -> *const c_char;
    fn ferm_model_self_test(model: *const Model, count: *mut usize) -> c_int;
    fn ferm_session_open(model: *const Model, options: *const u8, session: *mut *mut Session) -> c_int;
    fn ferm_session_free(session: *mut Session);
    fn ferm_session_predict_into(
        session: *mut Session, images: *const Image, image_size: usize, count: usize, probabilities: *mut f32, capacity: usize,
    ) -> c_int;
}

fn text(from: *const c_char) -> String {
    if from.is_null() { String::new() } else { unsafe { CStr::from_ptr(from) }.to_string_lossy().into_owned() }
}

fn check(status: c_int) -> Result<(), String> {
    if status == 0 { Ok(()) } else { Err(text(unsafe { ferm_last_error() })) }
}

fn run(path: &str) -> Result<(), String> {
    let path = CString::new(path).map_err(|fault| fault.to_string())?;
    let license = CString::new("license").map_err(|fault| fault.to_string())?;
    let pixels: Vec<u8> = (0..48 * 48).map(|i| (i / 10) as u8).collect();
    let image = Image { pixels: pixels.as_ptr(), width: 48, height: 48, channels: 1, stride: 0 };
    let face = Picture { image, order: 0, box_: [0.0; 4] };
    let (mut model, mut session, mut tests) = (null_mut(), null_mut(), 0);
    unsafe {
        check(ferm_model_open(path.as_ptr(), &mut model))?;
        check(ferm_model_self_test(model, &mut tests))?;
        check(ferm_session_open(model, null(), &mut session))?;
        let mut probabilities = vec![0f32; ferm_model_label_count(model)];
        check(ferm_session_predict_into(
            session, &face.image, std::mem::size_of::<Picture>(), 1, probabilities.as_mut_ptr(), probabilities.len(),
        ))?;
        let best = (0..probabilities.len()).fold(0, |best, i| if probabilities[i] > probabilities[best] { i } else { best });
        let (version, license) = (text(ferm_version()), text(ferm_model_metadata_text(model, license.as_ptr())));
        println!("{version} {license} {tests} {} {:.4}", text(ferm_model_label(model, best)), probabilities[best]);
        ferm_session_free(session);
        ferm_model_free(model);
    }
    Ok(())
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    if let Err(fault) = run(&path) {
        eprintln!("{fault}");
        std::process::exit(1);
    }
}
