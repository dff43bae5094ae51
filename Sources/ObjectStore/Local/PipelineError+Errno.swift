// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

extension PipelineError {
    /// The error of a failed system call on a file.
    init(errno number: Int32, _ what: String, _ path: String) {
        let code: Code =
            switch number {
            case ENOSPC, EDQUOT: .diskFull
            case EACCES, EPERM, EROFS: .permissionDenied
            case ENOENT, ENOTDIR: .objectNotFound
            case EEXIST: .objectExists
            default: .storageFailed
            }
        let hint =
            switch code {
            case .diskFull: "Free space on that file system"
            case .permissionDenied: "Give this user the right to it, or use another path"
            default: ""
            }
        self.init(code, "\(what) '\(path)'", hint: hint, cause: Self.text(of: number))
    }

    private static func text(of number: Int32) -> String {
        switch number {
        case ENOSPC: "no space left on the device"
        case EDQUOT: "the disk quota is used up"
        case EACCES: "permission denied"
        case EPERM: "operation not permitted"
        case EROFS: "the file system is read-only"
        case ENOENT: "no such file or folder"
        case ENOTDIR: "a part of the path is no folder"
        case EEXIST: "it exists"
        case EISDIR: "it is a folder"
        case EMFILE, ENFILE: "too many open files"
        case EIO: "input/output error"
        case EFBIG: "the file is too large"
        case ENAMETOOLONG: "the name is too long"
        case ELOOP: "too many symbolic links"
        default: "system error \(number)"
        }
    }
}
