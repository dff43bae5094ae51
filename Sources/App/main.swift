// SPDX-License-Identifier: Apache-2.0
import Glibc

exit(await CommandTable.run(Array(CommandLine.arguments.dropFirst())).rawValue)
