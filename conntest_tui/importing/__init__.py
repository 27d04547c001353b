"""What people have already -> rows of hosts.csv.

imported_hosts     what a reader returns; bytes -> text
import_sources     which of the formats a file is; a prefix: who answers
nmap_xml, nagios_and_icinga_objects, ansible_inventory, uptime_kuma, csv_hosts   text in, hosts out
hosts_csv_merge    what hosts.csv becomes, and the diff that shows it

XML is read by expat itself, which loads nothing from elsewhere; entities and default attributes, by which a small file
becomes a large one, are refused where they are declared. That is all that another package would do here.
"""
