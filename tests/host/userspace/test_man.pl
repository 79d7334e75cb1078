#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# The man pages of the modules and of their files against the sources: every parameter with its range, its default and
# when it can be changed, every name of the formats, and none that does not exist. Prints TAP.
use strict;
use warnings;

(my $here = $0) =~ s{/?[^/]*$}{};
$here = '.' if $here eq '';
my $top = "$here/../../..";
my ($count, $failed) = (0, 0);

sub slurp {
	my ($path) = @_;
	local $/;
	open my $file, '<', "$top/$path" or die "$path: $!\n";
	return <$file>;
}

# judge TITLE WRONG...: a case, which failed if anything is wrong.
sub judge {
	my ($title, @wrong) = @_;
	$count++;
	$failed++ if @wrong;
	print "# $_\n" for @wrong;
	print @wrong ? 'not ok' : 'ok', " $count - $title\n";
}

# Names that both lists should have.
sub differences {
	my ($documented, $real) = @_;
	return ((map { "$_ is not in the page" } grep { !$documented->{$_} } sort keys %$real),
		(map { "$_ is in the page only" } grep { !$real->{$_} } sort keys %$documented));
}

my %numbers = (FREELIST_MAX_OBJECTS => 1048576, MAX_PRIO => 140, U16_MAX => 2**16 - 1, U32_MAX => 2**32 - 1);

# A constant as C has it: a number, one of the names above, or that minus a number.
sub number {
	my ($text) = @_;
	my ($base, $minus) = $text =~ /^\s*(\w+)(?:\s*-\s*(\d+))?\s*$/ or die "'$text' is no number\n";
	return ($base =~ /^\d+$/ ? $base : $numbers{$base} // die "what is $base?\n") - ($minus // 0);
}

sub mode {
	my ($mode) = @_;
	return { '0644' => 'any time', '0444' => 'at load' }->{$mode} // die "mode $mode?\n";
}

# Parameters that a piece of source declares, by name: { values, change, var }.
sub declared {
	my ($text) = @_;
	my %params;
	$text =~ s/\\\n//g;
	while ($text =~ /\bLATENCY_TRACKER_PARAM_(U64|NUMBER|STR|PARSED|NAMES)\((\w+|\(_probe\)|_probe), (\w+),([^"]*)"/g) {
		my ($kind, $name, $rest) = ($1, $3, $4);
		next if $name =~ /^_/;
		$params{$name} = { values => 'text', change => 'any time' };
		next if $kind !~ /U64|NUMBER/;
		my @words = map { s/^\s+|\s+$//gr } split /,/, $rest;
		$params{$name}{var} = shift @words if $kind eq 'NUMBER';
		$params{$name}{values} = number($words[0]) . ' to ' . number($words[1]);
		$params{$name}{change} = mode($words[2]);
	}
	return %params;
}

# A macro and its continuation lines.
sub macro {
	my ($text, $name) = @_;
	my ($body) = $text =~ /^(#define $name\((?:.*\\\n)*.*\n)/m or die "no macro $name\n";
	return $body =~ s/^#define.*\\\n//r;
}

my $framework = slurp('tracker/latency_tracker_probe.h');
my %standard = declared(macro($framework, 'LATENCY_TRACKER_PROBE'));
my %flow = declared(macro(slurp('tracker/latency_tracker_flow.h'), 'LATENCY_TRACKER_FLOW_PARAMS'));
my %user_stack = declared(macro($framework, 'LATENCY_TRACKER_PARAM_USER_STACK'));

# Parameters of a probe, with their defaults.
sub probe {
	my ($path) = @_;
	my $text = slurp($path);
	my %own = declared($text);
	%own = (%own, %flow) if $text =~ /^LATENCY_TRACKER_FLOW_PARAMS/m;
	%own = (%own, %user_stack) if $text =~ /^LATENCY_TRACKER_PARAM_USER_STACK/m;
	my %params = (%standard, %own);
	my ($set) = $text =~ /\.set = \{(.*?)\}/s or die "$path: no .set\n";
	my %set = $set =~ /\.(\w+) = (\d+)/g;
	for my $name (keys %params) {
		my $param = $params{$name} = { %{ $params{$name} } };
		my $var = $param->{var} // '';
		$param->{default} = $param->{values} eq 'text' ? 'empty' : $set{$name} // 0;
		$param->{default} = number($1) if $var && $text =~ /\bu64 \Q$var\E = ([^;]+);/;
	}
	return %params;
}

# Parameters of the core: a struct latency_tracker_param and its variable in one file each.
sub core {
	my %params;
	for my $text (map { slurp($_) } qw(tracker/main.c proc/proc.c)) {
		while ($text =~ /^module_param_cb\((\w+), &latency_tracker_param_ops, &(\w+), (\d+)\)/mg) {
			my ($name, $struct, $mode) = ($1, $2, $3);
			my ($init) = $text =~ /\b$struct = \{(.*?)\}/s or die "no $struct\n";
			my ($min) = $init =~ /\.min = ([^,}]+?)\s*[,}]/;
			my ($max) = "$init}" =~ /\.max = ([^,}]+?)\s*[,}]/;
			my ($default) = $text =~ /^static u64 $name = (\d+);/m;
			$params{$name} = { values => number($min // 0) . ' to ' . number($max),
				change => mode($mode), default => $default // 0 };
		}
	}
	return %params;
}

# Sections of a page by their headings.
sub sections {
	my ($page) = @_;
	my %sections;
	my (undef, @parts) = split /^#+ (.*)\n/m, $page;
	while (my ($heading, $body) = splice @parts, 0, 2) {
		$sections{$heading} = $body;
	}
	return %sections;
}

# Terms of a definition list: "*a*, *b*" in a line of their own, with an indented text behind.
sub terms {
	my ($text) = @_;
	return { map { $_ => 1 } map { /\*(\w+)\*/g } $text =~ /^(\*\w+\*(?:, \*\w+\*)*)\n\t/mg };
}

# Rows of the table of parameters in a section. Each is described below it, or in the section that this one refers to.
sub documented {
	my ($section, $elsewhere, $wrong) = @_;
	my %params;
	my $terms = terms($section . $elsewhere);
	while ($section =~ /^\|  \*(\w+)\*\n:  (.*)\n:  (.*)\n:  (.*)\n/mg) {
		my $name = $1;
		push @$wrong, "$name is there twice" if $params{$name};
		$params{$name} = { values => $2, default => $3, change => $4 };
		push @$wrong, "$name is not described" unless $terms->{$name};
	}
	push @$wrong, map { "$_ is described and not in the table" } grep { !$params{$_} } sort keys %{ terms($section) };
	return %params;
}

sub compare {
	my ($title, $documented, $real, @wrong) = @_;
	push @wrong, differences($documented, $real);
	for my $name (grep { $real->{$_} } sort keys %$documented) {
		for my $what (qw(values default change)) {
			my ($says, $is) = ($documented->{$name}{$what}, $real->{$name}{$what});
			push @wrong, "$name: $what: the page says $says, the source $is" if $says ne $is;
		}
	}
	push @wrong, 'there is none' unless %$real;
	judge($title, @wrong);
}

my $page = slurp('userspace/man/latency-tracker-modules.7.scd');
my %sections = sections($page);
my @wrong;
my %core = core();
my %documented = documented($sections{'PARAMETERS OF THE CORE'} // '', '', \@wrong);
compare('parameters of latency_tracker', \%documented, \%core, @wrong);

my @probes = map { m{/(\w+)\.c$} } glob "$top/probes/*.c";
my %defaults;
while (($sections{PROBES} // '') =~ /^\|  \*(\w+)\*\n:  (\d+)\n:  (\d+)\n/mg) {
	$defaults{$1} = { threshold_us => $2, gc_ms => $3 };
}
judge('probes with their defaults', differences(\%defaults, { map { $_ => 1 } @probes }));
for my $probe (@probes) {
	my @bad;
	my %real = probe("probes/$probe.c");
	my $own = $sections{"latency_tracker_$probe"} // '';
	my %params = (documented($sections{'PARAMETERS OF EVERY PROBE'} // '', '', \@bad),
		documented($own, $own =~ /All as for \*latency_tracker_(\w+)\*/ ? $sections{"latency_tracker_$1"} : '', \@bad));
	$params{$_}{default} =~ s/^see PROBES$/$defaults{$probe}{$_} \/\/ 'nothing'/e for qw(threshold_us gc_ms);
	compare("parameters of latency_tracker_$probe", \%params, \%real, @bad);
}
judge('no parameter of a probe but with one',
	map { "$_ is not a module" } grep { my $name = $_; !grep { $_ eq $name } @probes }
	map { /^latency_tracker_(\w+)$/ ? $1 : () } sort keys %sections);

# Names in a macro of the header that modules and userspace share.
my $header = slurp('tracker/uapi/latency_tracker_uapi.h');
sub names {
	my ($macro) = @_;
	my ($list) = $header =~ /#define $macro\s*\{(.*?)\}/s or die "no $macro\n";
	return { map { $_ => 1 } $list =~ /"(\w+)"/g };
}

judge('parameters in the header', map { "$_ is in no probe" } grep { !$standard{$_} } sort keys %{ names('LT_PARAM_NAMES') });

my $format = slurp('userspace/man/latency_tracker_proc.5.scd');
%sections = sections($format);

judge('numbers of the stats file', differences(terms($sections{stats} // ''), names('LT_STAT_NAMES')));
judge('kinds of stacks', differences(terms($sections{Stacks} // ''), names('LT_STACK_NAMES')));
my %reasons = map { $_ => 1 } ($sections{RECORDS} // '') =~ /\*(\w+)\*: /g;
judge('reasons', differences(\%reasons, names('LT_REASON_NAMES')));

# Fields of all records, as the header lists them in order: a name, blanks, what it is.
my ($list) = $header =~ /always there:\n \*\n(.*?)\n \* Fields of the block probe/s or die "no list of fields\n";
my %fields = map { $_ => 1 } map { split / / } $list =~ /^ \*   (\w+(?: \w+)*)(?:  |  *id of| NUMA| process)/mg;
judge('fields of all records', differences(terms($sections{RECORDS} // ''), \%fields));

# Fields of each probe, "name=" in the header.
for my $probe (@probes) {
	my ($text) = $header =~ /Fields of the $probe probe: (.*?)(?= \* Fields of the | \* Continuation lines)/s;
	my %real = map { $_ => 1 } ($text // '') =~ /(?<![(\w])(\w+)=/g;
	delete @real{qw(begin_stack state)} if $probe ne 'offcpu';
	my ($said) = ($sections{'FIELDS OF THE PROBES'} // '') =~ /^_${probe}_\n((?:\t.*\n)+)/m;
	my %shown = map { $_ => 1 } ($said // '') =~ /\*(\w+)\*(?![^(]*\))/g;
	judge("fields of $probe", differences(\%shown, \%real), %real ? () : 'the header has none');
}

my $numbers = join ' ', map { (slurp("tracker/uapi/latency_tracker_uapi.h") =~ /#define $_\s+(\d+)/)[0] }
	qw(LT_RECORD_MAX LT_PENDING_MAX LT_STACK_MAX LT_RECORD_STACKS);
my ($record, $pending, $frames, $stacks) = split / /, $numbers;
judge('limits', map { "'$_' is not in the page" } grep { index($format, $_) < 0 }
	"$record bytes are always enough", "At most $pending are listed", "at most $stacks stacks of $frames frames");

print "1..$count\n";
exit($failed ? 1 : 0);
