/**
 * The numbers of the system calls `prctl` and `socket` by processor architecture, from Linux' `unistd.h`.
 */
const SYSTEM_CALLS: Readonly<Partial<Record<NodeJS.Architecture, { prctl: number; socket: number }>>> = {
  x64: { prctl: 157, socket: 41 },
  arm64: { prctl: 167, socket: 198 },
};

/**
 * Runs the command in its arguments with a seccomp filter that fails `socket(AF_INET6, …)` with EAFNOSUPPORT,
 * as on a kernel without IPv6. The filter is a BPF program (Linux, `seccomp(2)`): each instruction has a code, two
 * jump offsets and a constant. Perl needs no compiler for it, and every Debian has Perl.
 */
const SCRIPT = `
  my ($prctl, $socket) = splice @ARGV, 0, 2;
  my $filter = join '', map { pack 'S C C L', @$_ } (
    [0x20, 0, 0, 0],           # load the number of the system call
    [0x15, 0, 3, $socket],     # unless it is socket, allow the call
    [0x20, 0, 0, 16],          # load its first argument
    [0x15, 0, 1, 10],          # unless that is AF_INET6, allow the call
    [0x06, 0, 0, 0x50000 + 97], # fail with EAFNOSUPPORT
    [0x06, 0, 0, 0x7fff0000],  # allow
  );
  my $program = pack 'S x![Q] P', length($filter) / 8, $filter;
  syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "PR_SET_NO_NEW_PRIVS: $!";
  syscall($prctl, 22, 2, $program, 0, 0) == 0 or die "PR_SET_SECCOMP: $!";
  exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!";
`;

/**
 * Returns a command that runs the command after it as on a kernel without IPv6. Linux only.
 * @throws Error on an architecture whose system calls are not known
 */
export function withoutIpv6(): readonly string[] {
  const calls = SYSTEM_CALLS[process.arch];
  if (!calls) throw new Error(`the system calls of ${process.arch} are not known`);
  return ['perl', '-e', SCRIPT, String(calls.prctl), String(calls.socket)];
}
