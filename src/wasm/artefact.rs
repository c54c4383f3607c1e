//! What a finished module has to bring itself: an allocator, an end for panics, and the lock of a single thread.
//!
//! std's would cost 10 KB gzip: its panic handler formats a message, with every text and source path that may be in
//! it, for a standard error that wasm does not have. A panic is a trap either way, and the driver replaces the instance.

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Under this lock k256 fills its table of multiples of the generator, once in an instance.
#[cfg(not(target_feature = "atomics"))]
struct SingleThread;

#[cfg(not(target_feature = "atomics"))]
critical_section::set_impl!(SingleThread);

// SAFETY: without atomics a module has one thread and no interrupts, so nothing runs between `acquire` and `release`.
#[cfg(not(target_feature = "atomics"))]
#[allow(unsafe_code)]
unsafe impl critical_section::Impl for SingleThread {
    unsafe fn acquire() -> critical_section::RawRestoreState {}
    unsafe fn release(_: critical_section::RawRestoreState) {}
}
