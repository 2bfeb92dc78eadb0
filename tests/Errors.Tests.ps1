# Errors: one per fault, with an id, a category, the input as target, and the user's own line on the screen.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    (Get-Content ./examples/llm_parallel.yaml -Raw) -replace 'gpusPerNode: 8', 'gpusPerNod: 8' | Set-Content ./bad.yaml
    Set-Content ./broken.dot "digraph {`n  a -> -> b`n}"
    Set-Content ./good.dot 'digraph { a -> b }'
    Set-Content ./noise.bin ([byte[]] (1..2000 | ForEach-Object { $_ * 7 % 256 })) -AsByteStream
    $null = New-Item -ItemType Directory ./folder.yaml
}

AfterAll { Exit-Scratch $scratch }

Describe 'A fault in a plan file' {
    It 'carries file, line, text and column' {
        $fault = (Get-Fault { New-DeploymentPlan ./bad.yaml })[0]
        $fault.FullyQualifiedErrorId | Should -Be 'PlanFault,ParallelDag.Commands.NewDeploymentPlanCommand'
        $fault.CategoryInfo.Category | Should -Be ParserError
        $fault.TargetObject.File | Should -Be './bad.yaml'
        $fault.TargetObject.LineText | Should -Match 'gpusPerNod: 8'
        (Get-Content ./bad.yaml)[$fault.TargetObject.Line - 1] | Should -Be $fault.TargetObject.LineText
        $fault.TargetObject.LineText.Substring($fault.TargetObject.StartColumn - 1) | Should -Be 'gpusPerNod: 8'
        $fault.Exception | Should -BeOfType ParallelDag.InputException
        $fault.TargetObject.FullPath | Should -Be "$PWD/bad.yaml"
        $fault.CategoryInfo.TargetName | Should -Be "./bad.yaml:$($fault.TargetObject.Line):$($fault.TargetObject.StartColumn)"
        "$fault" | Should -Match '^\./bad\.yaml:\d+:\d+: '
    }

    It 'keeps its place in other views' {
        $screen = Invoke-Child "Set-Location '$PWD'; `$ErrorView = 'NormalView'; New-DeploymentPlan ./bad.yaml"
        "$screen" | Should -Match 'bad\.yaml:\d+:\d+'
    }

    It 'shows the user''s own line on the screen' {
        $screen = Invoke-Child "Set-Location '$PWD'; New-DeploymentPlan ./bad.yaml"
        "$screen" | Should -Match 'gpusPerNod: 8'
        "$screen" | Should -Match 'bad\.yaml'
        "$screen" | Should -Not -Match '   at ParallelDag'
    }

    It 'is reported once per problem' {
        (Get-Content ./examples/llm_parallel.yaml -Raw) -replace 'layers: 16', "layers: 16`n  leyers: 3`n  hiden: 4" | Set-Content ./two.yaml
        (Get-Fault { New-DeploymentPlan ./two.yaml }).Count | Should -Be 2
    }

    It 'does not keep the next file from its turn' {
        $faults = @()
        $plans = './bad.yaml', './examples/llm_parallel.yaml', './missing.yaml' | New-DeploymentPlan -ErrorVariable faults -ErrorAction SilentlyContinue
        $plans.Name | Should -Be 'llm_parallel'
        $faults.Count | Should -Be 2
    }

    It 'is caught with -ErrorAction Stop' {
        try { New-DeploymentPlan ./bad.yaml -ErrorAction Stop; $caught = $null } catch { $caught = $_ }
        $caught.Exception | Should -BeOfType ParallelDag.InputException
        (Get-Content ./examples/llm_parallel.yaml -Raw) -replace 'layers: 16', "layers: 16`n  leyers: 3`n  hiden: 4" | Set-Content ./two.yaml
        try { New-DeploymentPlan ./two.yaml -ErrorAction Stop; $caught = $null } catch { $caught = $_ }
        $caught.Exception.Problems.Count | Should -Be 2
    }

    It 'ends a run of PowerShell with exit code 1' {
        $null = Invoke-Child "New-DeploymentPlan '$PWD/bad.yaml' -ErrorAction Stop"
        $LASTEXITCODE | Should -Be 1
    }
}

Describe 'A fault in a graph file' {
    It 'carries its line' {
        $fault = (Get-Fault { Test-DagAcyclic ./broken.dot })[0]
        $fault.FullyQualifiedErrorId | Should -Match '^GraphFileFault,'
        $fault.TargetObject.Line | Should -Be 2
        $fault.TargetObject.LineText | Should -Be '  a -> -> b'
    }
}

Describe 'Bad input' {
    It '<Cmdlet> reports <Name> with <Id>' -ForEach @(
        foreach ($cmdlet in 'Test-DagAcyclic', 'Find-DagCycle', 'Test-ParallelDag', 'Get-DagNode', 'Get-DagEdge', 'Get-ParallelDag', 'ConvertTo-DagDot', 'Show-ParallelDag') {
            @{ Cmdlet = $cmdlet; Name = 'null'; Value = $null; Id = 'InputNotSupported' }
            @{ Cmdlet = $cmdlet; Name = 'an empty string'; Value = ''; Id = 'InputNotSupported' }
            @{ Cmdlet = $cmdlet; Name = 'a hashtable'; Value = @{}; Id = 'InputNotSupported' }
            @{ Cmdlet = $cmdlet; Name = 'a number'; Value = 42; Id = 'InputNotSupported' }
            @{ Cmdlet = $cmdlet; Name = 'a missing file'; Value = './nothing.dot'; Id = 'FileNotFound' }
            @{ Cmdlet = $cmdlet; Name = 'wildcards that match nothing'; Value = './nothing*.dot'; Id = 'FileNotFound' }
            @{ Cmdlet = $cmdlet; Name = 'a folder'; Value = './folder.yaml'; Id = 'PathIsFolder' }
            @{ Cmdlet = $cmdlet; Name = 'another provider'; Value = 'Env:/PATH'; Id = 'PathNotFileSystem' }
            @{ Cmdlet = $cmdlet; Name = 'a drive that does not exist'; Value = 'Nowhere:/x'; Id = 'PathNotResolved' }
            @{ Cmdlet = $cmdlet; Name = 'a broken graph'; Value = './broken.dot'; Id = 'GraphFileFault' }
        }
        foreach ($cmdlet in 'New-DeploymentPlan', 'Import-ParallelDag') {
            @{ Cmdlet = $cmdlet; Name = 'an empty string'; Value = ''; Id = 'FileNotFound' }
            @{ Cmdlet = $cmdlet; Name = 'a missing file'; Value = './nothing.yaml'; Id = 'FileNotFound' }
            @{ Cmdlet = $cmdlet; Name = 'a folder'; Value = './folder.yaml'; Id = 'PathIsFolder' }
            @{ Cmdlet = $cmdlet; Name = 'another provider'; Value = 'Env:/PATH'; Id = 'PathNotFileSystem' }
        }
    ) {
        $faults = Get-Fault { , $Value | & $Cmdlet }
        $faults.Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -Match "^$Id,ParallelDag\.Commands\."
        $faults[0].CategoryInfo.Category | Should -Not -Be NotSpecified
        "$($faults[0])" | Should -Not -Match '\n'
    }

    It '<Cmdlet> reports bytes that are no text' -ForEach @(@{ Cmdlet = 'Test-DagAcyclic' }, @{ Cmdlet = 'New-DeploymentPlan' }, @{ Cmdlet = 'Import-ParallelDag' }) {
        $faults = Get-Fault { & $Cmdlet ./noise.bin }
        $faults.Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -Match '^(PlanFault|GraphFileFault|InputNotSupported),'
    }

    It 'that was deserialized is refused by its type' {
        $dag = Import-ParallelDag ./good.dot
        $dag | Export-Clixml ./dag.clixml
        $fault = Get-Fault { Import-Clixml ./dag.clixml | Test-DagAcyclic }
        $fault.FullyQualifiedErrorId | Should -Match '^InputDeserialized,'
        "$fault" | Should -Match 'Export-DagJson'
    }

    It 'among filters is refused with what is known: <Name>' -ForEach @(
        @{ Name = 'operator'; Filter = @{ Op = 'atention' } }
        @{ Name = 'kind'; Filter = @{ Kind = 'compute' } }
    ) {
        $fault = Get-Fault { Import-ParallelDag ./good.dot | Get-DagNode @Filter }
        $fault.FullyQualifiedErrorId | Should -Match '^NameUnknown,'
        "$fault" | Should -Match 'computation|attention'
    }

    It 'among GPUs is refused' {
        { Import-ParallelDag ./good.dot | Get-DagNode -Gpu 'x' } | Should -Throw "*'x' is no set of GPUs*"
    }
}

Describe 'The list of errors in about_ParallelDag_Errors' {
    It 'is that of the code' {
        $documented = [regex]::Matches((Get-Content $repository/docs/about_ParallelDag_Errors.md -Raw), '(?m)^\| ([A-Z]\w+) \|').ForEach({ $_.Groups[1].Value }) | Where-Object { $_ -ne 'Id' }
        $coded = [regex]::Matches((Get-Content $repository/src/ParallelDag.Commands/Errors/ErrorRecords.cs -Raw), '(?:New|Fault)\("([A-Z]\w+)"').ForEach({ $_.Groups[1].Value })
        $documented | Sort-Object | Should -Be ($coded | Sort-Object)
    }

    It 'has no rival: no other source makes error records' {
        Get-ChildItem $repository/src/ParallelDag.Commands -Recurse -Filter *.cs | Where-Object Name -ne 'ErrorRecords.cs' | Select-String 'new ErrorRecord\(' | Should -BeNullOrEmpty
    }
}
