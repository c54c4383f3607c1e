//! What a finished module has to bring itself: an allocator, and an end for panics.
//!
//! std's would cost 10 KB gzip: its panic handler formats a message, with every text and source path that may be in
//! it, for a standard error that wasm does not have. A panic is a trap either way, and the driver replaces the instance.

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
