/* The floor for `dedup_signatures.py`: a plain loop, no folding beyond a-z, no scripts, no checks. What is not ASCII
   belongs to words, or, with `characters`, is a token for each character: where words are not spaced. */

#include <stddef.h>
#include <stdint.h>

static uint64_t mixed(uint64_t value) {
    value = (value ^ (value >> 32)) * 0x3C6EF372FE94F82Bu;
    value = (value ^ (value >> 29)) * 0x9E3779B97F4A7C15u;
    return value ^ (value >> 32);
}

void sign(int characters, const uint8_t *text, const int64_t *offsets, size_t documents, size_t ngram, size_t permutations,
          const uint32_t *factors, const uint32_t *summands, uint32_t *out) {
    uint64_t window[16] = {0};
    uint64_t leaving = 1;
    for (size_t i = 0; i < ngram; i++) leaving *= 0xBB67AE8584CAA73Bu;
    for (size_t document = 0; document < documents; document++) {
        uint32_t *signature = out + document * permutations;
        const uint8_t *at = text + offsets[document], *end = text + offsets[document + 1];
        uint64_t rolling = 0;
        size_t tokens = 0, slot = 0;
        for (size_t i = 0; i < permutations; i++) signature[i] = UINT32_MAX;
        while (at < end) {
            uint64_t token = 0x9E3779B97F4A7C15u;
            const uint8_t *start = at;
            while (at < end) {
                uint8_t byte = *at;
                if (byte >= 'A' && byte <= 'Z') byte |= 0x20;
                if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80)) break;
                token = (token ^ byte) * 0x6A09E667F3BCC909u;
                at++;
                if (characters && byte >= 0x80) {
                    while (at < end && (*at & 0xC0) == 0x80) token = (token ^ *at++) * 0x6A09E667F3BCC909u;
                    break;
                }
                if (characters && at < end && *at >= 0x80) break;
            }
            if (at == start) {
                at++;
                continue;
            }
            token = mixed(token);
            rolling = rolling * 0xBB67AE8584CAA73Bu + token - window[slot] * leaving;
            window[slot] = token;
            slot = slot + 1 < ngram ? slot + 1 : 0;
            if (++tokens < ngram) continue;
            uint32_t value = (uint32_t)(mixed(rolling) >> 32);
            for (size_t i = 0; i < permutations; i++) {
                uint32_t permuted = factors[i] * value + summands[i];
                if (permuted < signature[i]) signature[i] = permuted;
            }
        }
        for (size_t i = 0; i < ngram; i++) window[i] = 0;
    }
}
