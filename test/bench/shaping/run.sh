#!/bin/bash
# How long a ping takes while the line is full, and how devices share it, without and with the router's queues (render/shaping.ts), on
# the image's kernel in QEMU: the development kernel has no CAKE. Needs build/ and, on this machine, busybox, ip, tc, iperf3 and ping.
set -euo pipefail

here=$(realpath "$(dirname "$0")")
build=$here/../../../build
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,etc,mods}

modules=$(find "$build/cache" -maxdepth 5 -type d -path '*/usr/lib/modules' | head -n 1)
for module in drivers/net/veth net/sched/sch_cake net/sched/sch_tbf net/llc/llc net/802/stp net/bridge/bridge; do
  xz --decompress --stdout "$modules"/*/kernel/$module.ko.xz >"$root/mods/${module##*/}.ko"
done
for program in busybox bash ip tc iperf3 ping; do
  file=$(realpath "$(command -v $program)")
  cp "$file" "$root/bin/$program"
  for library in $(ldd "$file" | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp --dereference "$library" "$root$library"
  done
done
for applet in mount insmod sleep awk grep sort sed poweroff; do ln -s busybox "$root/bin/$applet"; done
cp "$here/guest.sh" "$root/init"
(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$root.gz"

"$here/../../../image/in-toolbox" qemu-system-x86_64 -nographic -no-reboot -nic none -m 512 -accel tcg \
  -kernel "$build/image/gatehouse.vmlinuz" -initrd "$root.gz" -append "console=ttyS0 quiet mitigations=off panic=-1" |
  grep --text --only-matching 'RESULT.*'
rm "$root.gz"
