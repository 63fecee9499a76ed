#!/bin/bash
# The first process of the guest that run.sh starts. Two devices on the router's bridge, a modem with a queue of 0.4 s for each way, and a
# server behind it: one network namespace each. The modem carries 5 Mbit/s, which an emulated processor can fill on a busy machine, too.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
for module in veth sch_cake sch_tbf llc stp bridge; do insmod /mods/$module.ko; done
echo 'root:x:0:0::/:/bin/sh' >/etc/passwd

ip link set lo up
for name in device1 device2 modem server; do
  ip netns add $name
  ip -n $name link set lo up
done
ip link add br0 type bridge
ip address add 10.0.0.1/24 dev br0
ip link set br0 up
for i in 1 2; do
  ip link add port$i type veth peer name eth0 netns device$i
  ip link set port$i master br0 up
  ip -n device$i address add 10.0.0.1$i/24 dev eth0
  ip -n device$i link set eth0 up
  ip -n device$i route add default via 10.0.0.1
done
ip link add wan type veth peer name home netns modem
ip address add 10.1.0.1/24 dev wan
ip link set wan up
ip route add default via 10.1.0.2
ip -n modem address add 10.1.0.2/24 dev home
ip -n modem link set home up
ip -n modem link add line type veth peer name eth0 netns server
ip -n modem address add 10.2.0.2/24 dev line
ip -n modem link set line up
ip -n server address add 10.2.0.1/24 dev eth0
ip -n server link set eth0 up
ip -n server route add default via 10.2.0.2
ip -n modem route add 10.0.0.0/24 via 10.1.0.1
echo 1 >/proc/sys/net/ipv4/ip_forward
ip netns exec modem bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
for link in home line; do
  ip netns exec modem tc qdisc add dev $link root tbf rate 5mbit burst 8kb limit 250kb
done
for port in 5201 5202; do (ip netns exec server iperf3 -s -p $port >/dev/null &); done
sleep 2

# The round trips of a device that does nothing else.
delay() {
  ip netns exec device2 ping -n -i 0.1 -c 60 10.2.0.1 | grep -o 'time=[0-9.]*' | sed 's/time=//' | sort -n |
    awk '{ ms[NR] = $1 } END { printf "median %s, p95 %s, max %s ms", ms[int(NR * 0.5) + 1], ms[int(NR * 0.95) + 1], ms[NR] }'
}

load() {
  (ip netns exec device1 iperf3 -c 10.2.0.1 -p 5201 -t 12 -P 4 "$@" >/dev/null 2>&1 &)
  sleep 4
  delay
  sleep 8
}

# One flow of a device against eight of another, in that order.
shares() {
  (ip netns exec device1 iperf3 -c 10.2.0.1 -p 5201 -t 8 -O 2 "$@" >/tmp/one 2>&1 &)
  ip netns exec device2 iperf3 -c 10.2.0.1 -p 5202 -t 8 -O 2 -P 8 "$@" >/tmp/eight 2>&1
  sleep 4
  printf '%s and %s Mbit/s' "$(grep receiver /tmp/one | awk '{ print $7 }')" "$(grep 'SUM.*receiver' /tmp/eight | awk '{ print $6 }')"
}

measure() {
  echo "RESULT $1, idle: $(delay)"
  echo "RESULT $1, while receiving: $(load -R)"
  echo "RESULT $1, while sending: $(load)"
  echo "RESULT $1, receiving, 1 flow against 8: $(shares -R)"
  echo "RESULT $1, sending, 1 flow against 8: $(shares)"
}

measure none
# As render/shaping.ts has it.
tc qdisc add dev br0 root cake bandwidth 4750kbit overhead 38 mpu 84 dual-dsthost besteffort
tc qdisc add dev wan root cake bandwidth 4750kbit overhead 38 mpu 84 flows besteffort
measure CAKE
poweroff -f
