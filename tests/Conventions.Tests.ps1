# What every cmdlet of the module does alike. The cmdlets are those of the manifest: a new one is held to this without a word here.

BeforeDiscovery {
    $manifestFile = $env:PARALLELDAG_MODULE ?? "$PSScriptRoot/../ParallelDag.psd1"
    Import-Module $manifestFile -Force
    $commands = Get-Command -Module ParallelDag -CommandType Cmdlet
    $readers = @($commands | Where-Object { $_.Parameters.ContainsKey('InputObject') } | ForEach-Object Name)
    # What needs a plan, or makes one, has no use for a graph.
    $ofPlans = 'New-DeploymentPlan', 'Measure-DeploymentPlan', 'Export-DeploymentPlan', 'Export-ParallelDag', 'Export-LaunchManifest'
    $ofPlans = @($ofPlans) + @($commands | Where-Object { $_.Noun -like '*DeploymentPlan' } | ForEach-Object Name) | Sort-Object -Unique
    $cases = foreach ($name in $readers) { @{ Cmdlet = $name; OfPlans = $name -in $ofPlans } }
    $named = @($commands | Where-Object { $_.Parameters.ContainsKey('LiteralPath') } | ForEach-Object Name)
    $writers = @($commands | Where-Object Verb -eq Export | ForEach-Object Name)
}

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    # Small, so that every cmdlet can be tried in every way.
    @'
name: small
model: { layers: 2, hidden: 64, heads: 4, ffn: 128, vocab: 1000 }
cluster: { gpus: 4, gpusPerNode: 4, gpu: H100-SXM-80GB }
workload: { batch: 2, promptLength: 16, outputLength: 4 }
prefill: { pp: 2, tp: 2 }
decode: { pp: 2, tp: 2 }
'@ | Set-Content ./small.yaml
    $plan = New-DeploymentPlan ./small.yaml
    $dag = $plan | Get-ParallelDag
    $dag | Export-DagJson -Path ./small.json
    $plan, $dag | Export-Clixml ./small.clixml
    $back = Import-Clixml ./small.clixml

    # What a cmdlet needs beside its input.
    function Get-Needed([string] $Cmdlet) { $Cmdlet -eq 'Export-LaunchManifest' ? @{ Engine = 'Vllm'; Model = 'org/model' } : @{} }

    # Runs a cmdlet on inputs and returns what came of it as text, errors too; exports write to a folder of their own.
    function Use-Cmdlet([string] $Cmdlet, [object[]] $Inputs, [switch] $AsArray) {
        $more = Get-Needed $Cmdlet
        if ((Get-Command $Cmdlet).Verb -eq 'Export') {
            $more.Path = New-Item -ItemType Directory ([IO.Path]::GetRandomFileName()) | ForEach-Object FullName
            $more.PassThru = $true
        }
        $ErrorActionPreference = 'Continue'
        $output = if ($AsArray) { & $Cmdlet -InputObject $Inputs @more 2>&1 3>$null } else { $Inputs | & $Cmdlet @more 2>&1 3>$null }
        foreach ($item in $output) {
            if ($item -is [Management.Automation.ErrorRecord]) { "ERROR $($item.FullyQualifiedErrorId)" }
            elseif ($item -is [IO.FileInfo]) { (Get-Content -LiteralPath $item -Raw) -replace '(?m)^- the (DAG that was checked|deployment DAG).*$' }
            elseif ($item -is [ParallelDag.Dag]) { $item | ConvertTo-DagDot }
            else { "$($item.GetType().Name) $item" }
        }
    }
}

AfterAll { Exit-Scratch $scratch }

Describe '<Cmdlet>' -ForEach $cases {
    BeforeAll { $expected = @(Use-Cmdlet $Cmdlet $plan) }

    It 'works on a plan' { $expected -like 'ERROR*' | Should -BeNullOrEmpty }

    It 'takes <Kind> as it takes a plan' -ForEach @(
        @{ Kind = 'a path'; In = { './small.yaml' } }
        @{ Kind = 'a file'; In = { Get-Item ./small.yaml } }
        @{ Kind = 'an object that names a file'; In = { [pscustomobject] @{ FullName = "$PWD/small.yaml" } } }
        @{ Kind = 'a plan that was serialized'; In = { $back[0] } }
    ) {
        Use-Cmdlet $Cmdlet (& $In) | Should -Be $expected
    }

    It 'takes an array as it takes a pipeline' {
        $two = $plan, ($plan | New-DeploymentPlan -Name other)
        Use-Cmdlet $Cmdlet $two -AsArray | Should -Be @(Use-Cmdlet $Cmdlet $two)
    }

    It 'takes a DAG, its file and its copy, or refuses them in one way' {
        $ofDag = @(Use-Cmdlet $Cmdlet $dag)
        if ($OfPlans) { $ofDag | Should -Be "ERROR InputNotSupported,$((Get-Command $Cmdlet).ImplementingType)"; return }
        $ofDag -like 'ERROR*' | Should -BeNullOrEmpty
        Use-Cmdlet $Cmdlet $back[1] | Should -Be $ofDag
        $ofFile = Use-Cmdlet $Cmdlet './small.json' | Where-Object { $_ -like 'ERROR*' }
        # Who simulates needs times, which a graph file does not tell.
        # Who writes a trace a GPU needs nodes of one GPU each, which this file has not.
        if ((Get-Command $Cmdlet).Parameters.ContainsKey('Schedule') -or $Cmdlet -eq 'Export-DagChakra') { $ofFile | Where-Object { $_ -notlike 'ERROR GraphFileFault,*' } | Should -BeNullOrEmpty }
        else { $ofFile | Should -BeNullOrEmpty }
    }

    It 'reports <Id> for <Kind>, once, and goes on' -ForEach @(
        @{ Kind = 'nothing'; In = $null; Id = 'InputNotSupported' }
        @{ Kind = 'a number'; In = 42; Id = 'InputNotSupported' }
        @{ Kind = 'an object of somebody else'; In = [pscustomobject] @{ Colour = 'red' }; Id = 'InputNotSupported' }
        @{ Kind = 'a missing file'; In = './nothing.yaml'; Id = 'FileNotFound' }
        @{ Kind = 'a folder'; In = './examples'; Id = 'PathIsFolder' }
        @{ Kind = 'another provider'; In = 'Env:/PATH'; Id = 'PathNotFileSystem' }
    ) {
        $both = @(Use-Cmdlet $Cmdlet @($In, $plan))
        $both[0] | Should -BeLike "ERROR $Id,ParallelDag.Commands.*"
        $both[1..$both.Count] -like 'ERROR*' | Should -BeNullOrEmpty
        $both.Count | Should -Be (1 + $expected.Count)
    }

    It 'throws with -ErrorAction Stop' {
        $path = Get-Needed $Cmdlet
        if ((Get-Command $Cmdlet).Verb -eq 'Export') { $path.Path = './never' }
        { './nothing.yaml' | & $Cmdlet @path -ErrorAction Stop } | Should -Throw '*nothing.yaml*'
    }

    It 'works under strict mode' {
        Set-StrictMode -Version Latest
        Use-Cmdlet $Cmdlet $plan | Should -Be $expected
    }
}

Describe '<_>, which names files,' -ForEach $named {
    It 'says in which ways' {
        $command = Get-Command $_
        $command.Parameters['LiteralPath'].Aliases | Should -Contain PSPath
        @($command.Parameters['Path'].Attributes | Where-Object { $_ -is [Management.Automation.SupportsWildcardsAttribute] }).Count | Should -Be 1
    }
}

Describe '<_>, which writes files,' -ForEach $writers {
    It 'writes nothing with -WhatIf' {
        $null = New-Item -ItemType Directory "./whatif-$_"
        Use-Cmdlet $_ $plan | Should -Not -BeNullOrEmpty
        $needed = Get-Needed $_
        $plan | & $_ -Path "./whatif-$_" @needed -WhatIf
        @(Get-ChildItem "./whatif-$_") | Should -BeNullOrEmpty
    }
}

Describe 'Parameters' {
    It 'that are enumerations complete, and those that are texts complete, take patterns, or are free: <_>' -ForEach @($commands.Name) {
        $free = 'Path', 'LiteralPath', 'Calibrate', 'Name', 'InputText', 'PropertyName', 'GroupFile', 'Image', 'ListenAddress', 'HeadAddress', 'ComputerName', 'Namespace'
        $command = Get-Command $_
        $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
        foreach ($parameter in $command.Parameters.Values | Where-Object { $_.Name -notin $common -and $_.Name -notin $free }) {
            $type = [Nullable]::GetUnderlyingType($parameter.ParameterType) ?? $parameter.ParameterType
            if ($type -notin [string], [string[]]) { continue }
            $kinds = $parameter.Attributes | ForEach-Object { $_.GetType().Name }
            @($kinds | Where-Object { $_ -in 'ArgumentCompleterAttribute', 'SupportsWildcardsAttribute', 'ValidateSetAttribute' }).Count |
                Should -BeGreaterThan 0 -Because "-$($parameter.Name) of $_ says nothing of what may stand there"
        }
    }

    It 'have their defaults in the help: <_>' -ForEach @($commands.Name) {
        $command = Get-Command $_
        $instance = [Activator]::CreateInstance($command.ImplementingType)
        foreach ($parameter in (Get-Help $_ -Full).parameters.parameter | Where-Object name -notin WhatIf, Confirm) {
            $real = $command.Parameters[$parameter.name]
            $value = $instance.($parameter.name)
            if ($real.ParameterType.IsEnum -and $real.ParameterSets.Values.IsMandatory -notcontains $true) {
                # A page that says more than the class knows (the level of a format) has its own word.
                if ($_ -notlike 'ConvertTo-*') { $parameter.defaultValue | Should -Be "$value" -Because "-$($parameter.name)" }
                else { $parameter.defaultValue | Should -Not -Be 'None' -Because "-$($parameter.name)" }
            }
            elseif ($value -is [int] -and $value -ne [int]::MaxValue -and $value -ne 0) { $parameter.defaultValue | Should -Be "$value" }
        }
    }

    It 'lead to a page on the web: <_>' -ForEach @($commands.Name) {
        (Get-Help $_).relatedLinks.navigationLink[0].uri | Should -Match "^https://.+/docs/cmdlets/$_\.md$"
        Test-Path "$repository/docs/cmdlets/$_.md" | Should -BeTrue
    }
}
