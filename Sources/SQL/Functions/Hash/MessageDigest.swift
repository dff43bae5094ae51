// SPDX-License-Identifier: Apache-2.0
import CCrypto
import Columnar

/// A message digest of OpenSSL whose context is used for one message after the other.
@safe
struct MessageDigest: ~Copyable {
    /// The digests of SQL.
    enum Algorithm: Int32 {
        case md5 = 5
        case sha1 = 1
        case sha224 = 224
        case sha256 = 256
        case sha384 = 384
        case sha512 = 512
    }

    private let context: OpaquePointer
    private let kind: OpaquePointer
    /// How many bytes a digest has.
    let byteCount: Int

    /// A digest; `nil` when this OpenSSL does not offer the algorithm.
    init?(_ algorithm: Algorithm) {
        let kind =
            switch algorithm {
            case .md5: unsafe EVP_md5()
            case .sha1: unsafe EVP_sha1()
            case .sha224: unsafe EVP_sha224()
            case .sha256: unsafe EVP_sha256()
            case .sha384: unsafe EVP_sha384()
            case .sha512: unsafe EVP_sha512()
            }
        guard let kind = unsafe kind, let context = unsafe EVP_MD_CTX_new() else { return nil }
        unsafe self.kind = kind
        unsafe self.context = context
        byteCount = Int(unsafe EVP_MD_get_size(kind))
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Appends the digest of a message in lower-case hexadecimal; `false` when OpenSSL refuses.
    func appendHexadecimal(of message: Span<UInt8>, to out: inout TextSink) -> Bool {
        var digest = InlineArray<64, UInt8>(repeating: 0)
        var span = digest.mutableSpan
        // SAFETY: the digest has at most EVP_MAX_MD_SIZE = 64 bytes, and the message's pointer covers its count.
        let isDone = unsafe span.withUnsafeMutableBufferPointer { digest in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestInit_ex(context, kind, nil) == 1
                    && EVP_DigestUpdate(context, message.baseAddress, message.count) == 1
                    && EVP_DigestFinal_ex(context, digest.baseAddress, nil) == 1
            }
        }
        guard isDone else { return false }
        for index in 0..<byteCount {
            out.bytes.append(Self.digit(digest[index] >> 4))
            out.bytes.append(Self.digit(digest[index] & 15))
        }
        return true
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
