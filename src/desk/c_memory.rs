//! Memory of SQLCipher and OpenSSL: both allocate through the program's own allocator, which
//! zeroizes every block before it frees it. Without this, pages of a book and its key stay in freed
//! memory of the process after the book closed (promise P14).
//!
//! Beside `loke_core::zeroing_alloc` this is the only file with `unsafe`: the two libraries take
//! functions of C, and the gateway must not link them.
#![expect(
    unsafe_code,
    reason = "SQLite and OpenSSL take allocators as C functions"
)]

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

/// Bytes before each block: its size. Keeps the block aligned for every type of C.
const HEADER: usize = 16;

unsafe extern "C" {
    /// `crypto.h` of OpenSSL 3: returns 0 if something was allocated before.
    fn CRYPTO_set_mem_functions(
        malloc: unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        realloc: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        free: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
}

/// Gives both libraries the program's allocator. Call it first in `main`: both refuse it once they
/// have allocated something. Returns whether both took it.
#[must_use]
pub fn zeroize_c_memory() -> bool {
    let methods = libsqlite3_sys::sqlite3_mem_methods {
        xMalloc: Some(sqlite_malloc),
        xFree: Some(free),
        xRealloc: Some(sqlite_realloc),
        xSize: Some(sqlite_size),
        xRoundup: Some(sqlite_round_up),
        xInit: Some(sqlite_init),
        xShutdown: Some(sqlite_shut_down),
        pAppData: ptr::null_mut(),
    };
    // SAFETY: the functions keep the contract of malloc, realloc and free. SQLite copies the struct.
    // Nothing uses either library yet.
    unsafe {
        let sqlite = libsqlite3_sys::sqlite3_config(
            libsqlite3_sys::SQLITE_CONFIG_MALLOC,
            &raw const methods,
        );
        let openssl = CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
        sqlite == libsqlite3_sys::SQLITE_OK && openssl == 1
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

fn malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else {
        return ptr::null_mut();
    };
    // SAFETY: the layout is not empty. The header holds a usize and is aligned for it.
    unsafe {
        let block = alloc(layout);
        if block.is_null() {
            return ptr::null_mut();
        }
        block.cast::<usize>().write(size);
        block.add(HEADER).cast()
    }
}

/// The size of a block.
///
/// # Safety
/// `block` came from [`malloc`] and was not freed.
unsafe fn size_of(block: *mut c_void) -> usize {
    // SAFETY: the header is before the block.
    unsafe { block.cast::<u8>().sub(HEADER).cast::<usize>().read() }
}

/// # Safety
/// `block` is null, or came from [`malloc`] and was not freed.
unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the block has this layout; the global allocator zeroizes it.
    unsafe {
        if let Some(layout) = layout(size_of(block)) {
            dealloc(block.cast::<u8>().sub(HEADER), layout);
        }
    }
}

/// A larger or smaller block with the same contents. The old one is zeroized and freed.
///
/// # Safety
/// As [`free`].
unsafe fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    let fresh = malloc(size);
    if fresh.is_null() {
        return fresh;
    }
    // SAFETY: both blocks have at least this many bytes and do not overlap.
    unsafe {
        let kept = size_of(block).min(size);
        ptr::copy_nonoverlapping(block.cast::<u8>(), fresh.cast::<u8>(), kept);
        free(block);
    }
    fresh
}

unsafe extern "C" fn sqlite_malloc(size: c_int) -> *mut c_void {
    usize::try_from(size).map_or(ptr::null_mut(), malloc)
}

unsafe extern "C" fn sqlite_realloc(block: *mut c_void, size: c_int) -> *mut c_void {
    // SAFETY: SQLite passes a block of its own.
    usize::try_from(size).map_or(ptr::null_mut(), |size| unsafe { realloc(block, size) })
}

unsafe extern "C" fn sqlite_size(block: *mut c_void) -> c_int {
    if block.is_null() {
        return 0;
    }
    // SAFETY: SQLite passes a block of its own.
    c_int::try_from(unsafe { size_of(block) }).unwrap_or(c_int::MAX)
}

unsafe extern "C" fn sqlite_round_up(size: c_int) -> c_int {
    size.saturating_add(7) & !7
}

unsafe extern "C" fn sqlite_init(_: *mut c_void) -> c_int {
    libsqlite3_sys::SQLITE_OK
}

unsafe extern "C" fn sqlite_shut_down(_: *mut c_void) {}

unsafe extern "C" fn openssl_malloc(size: usize, _: *const c_char, _: c_int) -> *mut c_void {
    // OpenSSL takes no block of 0 bytes for an error.
    if size == 0 {
        ptr::null_mut()
    } else {
        malloc(size)
    }
}

unsafe extern "C" fn openssl_realloc(
    block: *mut c_void,
    size: usize,
    _: *const c_char,
    _: c_int,
) -> *mut c_void {
    // SAFETY: OpenSSL passes a block of its own.
    unsafe {
        if size == 0 {
            free(block);
            return ptr::null_mut();
        }
        realloc(block, size)
    }
}

unsafe extern "C" fn openssl_free(block: *mut c_void, _: *const c_char, _: c_int) {
    // SAFETY: OpenSSL passes a block of its own.
    unsafe { free(block) }
}
