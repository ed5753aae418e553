# Under every image of the lab: hosts, cloud and programs.
FROM guildhall/rootfs:trixie
COPY lab.crt /usr/local/share/ca-certificates/guildhall-lab.crt
# No fsync while packages are installed, and nothing but what is asked for.
RUN update-ca-certificates && echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/guildhall-lab \
 && printf 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n' > /etc/apt/apt.conf.d/90guildhall-lab
