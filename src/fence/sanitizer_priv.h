/* Whether this is built with what looks over our shoulder, and needs more than we do. */
#ifndef FENCE_SANITIZER_PRIV_H
#define FENCE_SANITIZER_PRIV_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FENCE_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FENCE_SANITIZER 1
#endif
#endif
#ifndef FENCE_SANITIZER
#define FENCE_SANITIZER 0
#endif

#endif
