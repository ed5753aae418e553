# Under every image of the lab: hosts, cloud and programs.
FROM guildhall/rootfs:trixie
COPY lab.crt /usr/local/share/ca-certificates/guildhall-lab.crt
# No documentation, no fsync and no starting of services while packages are installed: a third of the time.
RUN update-ca-certificates \
 && printf 'path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\nforce-unsafe-io\n' \
    > /etc/dpkg/dpkg.cfg.d/guildhall-lab \
 && printf 'Acquire::Languages "none";\nAPT::Install-Recommends "false";\n' > /etc/apt/apt.conf.d/90guildhall-lab \
 && rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /var/lib/apt/lists/* /var/cache/apt/*
