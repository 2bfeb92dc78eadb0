# Traces for simulators: what Export-DagChakra writes.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    @'
name: small
model: { layers: 2, hidden: 64, heads: 4, ffn: 128, vocab: 1000 }
cluster: { gpus: 5, gpusPerNode: 8, gpu: H100-SXM-80GB }
workload: { batch: 2, promptLength: 16, outputLength: 4 }
prefill: { pp: 2, tp: 2 }
decode: { pp: 2, tp: 2 }
'@ | Set-Content ./small.yaml
    $plan = New-DeploymentPlan ./small.yaml
    $names = @(0..4 | ForEach-Object { "small.$_.et" }) + 'small.groups.json', 'small.network.yml', 'small.system.json', 'small.memory.json'

    function Get-FolderHash($Folder) { (Get-ChildItem $Folder | Sort-Object Name | Get-FileHash).Hash -join ' ' }
}

AfterAll { Exit-Scratch $scratch }

Describe 'Export-DagChakra' {
    It 'writes a trace a GPU and the files beside them, and makes the folder' {
        $files = $plan | Export-DagChakra -Path ./new/folder -PassThru 3>$null
        $files.Name | Should -Be $names
        $bytes = [IO.File]::ReadAllBytes($files[0])
        [Convert]::ToHexString($bytes[0..7]) | Should -Be '070A05302E302E34'
        (Get-Content ./new/folder/small.groups.json -Raw | ConvertFrom-Json).'1' | Should -Be 0, 1
        (Get-Content ./new/folder/small.system.json -Raw | ConvertFrom-Json).'all-to-all-implementation' | Should -Be direct1
    }

    It 'returns nothing without -PassThru' { $plan | Export-DagChakra -Path ./quiet 3>$null | Should -BeNullOrEmpty }

    It 'warns of what a simulation will get wrong' {
        $plan | Export-DagChakra -Path ./warned -WarningVariable said 3>$null
        "$said" | Should -BeExactly 'small: 1 of 5 GPUs have nothing to do; their traces hold a computation of 1 ns.'
    }

    It 'writes of a DAG at any level what it writes of its plan' {
        $plan | Export-DagChakra -Path ./plan 3>$null
        foreach ($detail in 'Overview', 'Operator', 'Device') {
            $plan | Get-ParallelDag -Detail $detail | Export-DagChakra -Path "./$detail" 3>$null
            Get-FolderHash "./$detail" | Should -Be (Get-FolderHash ./plan)
        }
        $plan | Export-DagJson -Path ./device.json -Detail Device
        './device.json' | Export-DagChakra -Path ./file 3>$null
        Get-FolderHash ./file | Should -Be (Get-FolderHash ./plan)
    }

    It 'refuses a graph whose nodes run on several GPUs each' {
        $plan | Export-DagJson -Path ./operator.json
        $fault = Get-Fault { './operator.json' | Export-DagChakra -Path ./never }
        $fault.FullyQualifiedErrorId | Should -Match '^GraphFileFault,'
        "$fault" | Should -Match 'operator level.*--detail device'
        Test-Path ./never | Should -BeFalse
    }

    It 'takes control dependencies and leaves names out' {
        $plan | Export-DagChakra -Path ./named 3>$null
        $plan | Export-DagChakra -Path ./free -ControlDependency Free -WarningVariable said 3>$null
        "$said" | Should -Match 'may stall'
        $plan | Export-DagChakra -Path ./nameless -NoName 3>$null
        (Get-Item ./free/small.0.et).Length | Should -BeLessThan (Get-Item ./named/small.0.et).Length
        (Get-Item ./nameless/small.0.et).Length | Should -BeLessThan (Get-Item ./free/small.0.et).Length
        [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes("$PWD/nameless/small.0.et")) | Should -Not -Match 'attention'
    }

    It 'writes nothing with -WhatIf' {
        $plan | Export-DagChakra -Path ./whatif -WhatIf
        Test-Path ./whatif | Should -BeFalse
    }

    It 'keeps old files with -NoClobber, and writes all or nothing' {
        $null = New-Item -ItemType Directory ./old
        Set-Content ./old/small.groups.json old
        (Get-Fault { $plan | Export-DagChakra -Path ./old -NoClobber }).FullyQualifiedErrorId | Should -Match '^FileExists,'
        @(Get-ChildItem ./old -Force).Name | Should -Be 'small.groups.json'
        $plan | Export-DagChakra -Path ./old 3>$null
        (Get-ChildItem ./old -Force).Count | Should -Be $names.Count
    }

    It 'refuses a file as the folder' {
        (Get-Fault { $plan | Export-DagChakra -Path ./small.yaml }).FullyQualifiedErrorId | Should -Match '^PathIsFile,'
    }
}

Describe 'Traces of anybody' {
    BeforeAll {
        $plan | Export-DagChakra -Path ./set 3>$null
        $rules = 'ET001', 'ET002', 'ET003', 'PD001', 'PD006', 'PD007', 'PD012', 'PD014'
    }

    It 'are checked as a set, whichever file names it' {
        foreach ($name in './set/small.0.et', './set/small.3.et', './set/*.et') {
            $results = @(Test-ParallelDag $name)
            $results.Id | Should -Be $rules
            $results.Status | Should -Be (@('Pass') * 8)
        }
        Test-ParallelDag ./set/*.et -Quiet | Should -BeExactly $true
    }

    It 'are named with file, node and remedy where they are wrong' {
        Copy-Item ./set ./broken -Recurse
        Remove-Item ./broken/small.1.et
        $failed = Test-ParallelDag ./broken/small.0.et | Where-Object Status -EQ Fail
        $failed[0].Evidence | Should -Be 'small.1.et: is not there; a simulator opens a file for each rank from 0; add it'
        ($failed | Where-Object Id -EQ PD007).Nodes[0] | Should -Match '^\./broken/small\.\d\.et: node \d+ \('
        Test-ParallelDag ./broken/small.0.et -Quiet | Should -BeFalse
        (Test-ParallelDag ./broken/small.0.et -Rule ET*).Count | Should -Be 3
        Test-ParallelDag ./broken/small.0.et -Format Sarif | Should -Match '"ruleId":"ET001"'
    }

    It 'take the groups from the file that is named' {
        Copy-Item ./set ./elsewhere -Recurse
        Move-Item ./elsewhere/small.groups.json ./groups-of-small.json
        (Test-ParallelDag ./elsewhere/small.0.et -Rule PD006).Status | Should -Be Skipped
        (Test-ParallelDag ./elsewhere/small.0.et -Rule PD006 -GroupFile ./groups-of-small.json).Status | Should -Be Pass
    }

    It 'are read as one graph, once' {
        $dag = @(Import-ParallelDag ./set/*.et)
        $dag.Count | Should -Be 1
        $dag[0].Name | Should -Be small
        $dag[0].Detail | Should -Be Device
        $own = $plan | Get-ParallelDag -Detail Device | Get-DagNode -Kind Computation
        ($dag | Get-DagNode -Kind Computation | Where-Object Name -NE idle | Measure-Object Flops -Sum).Sum | Should -BeGreaterOrEqual ($own | Measure-Object Flops -Sum).Sum
        $dag | Test-DagAcyclic | Should -BeTrue
    }

    It 'are refused where they fit no graph, or are damaged' {
        (Get-Fault { Import-ParallelDag ./broken/small.0.et })[0].FullyQualifiedErrorId | Should -Match '^GraphFileFault,'
        Set-Content ./set2.0.et 'text'
        $fault = Get-Fault { Test-ParallelDag ./set2.0.et }
        "$fault" | Should -Match '^\./set2\.0\.et: this is no Chakra trace, or it is damaged: at byte '
        $fault.FullyQualifiedErrorId | Should -Match '^GraphFileFault,'
    }
}
